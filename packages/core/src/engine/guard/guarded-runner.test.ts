import { expect, it } from "vitest";
import type { QueryRunner } from "../../contracts/query-runner.ts";
import { EventHub } from "../events.ts";
import { Faults } from "./faults.ts";
import { Guard } from "./guard.ts";
import { guardRunner } from "./guarded-runner.ts";

const { signal } = new AbortController();

function guarded(runner: QueryRunner) {
  const events = new EventHub(() => {});
  const told: string[] = [];
  events.on("fault", ({ code, error }) => told.push(`${code}: ${(error as Error).message}`));
  const limits = { limitMs: 1_000, maxQueryTimeoutMs: 1_000 };
  return { runner: guardRunner(runner, new Guard("database", new Faults(events)), limits), told };
}

it("lowers what a read may take to what the operator allows, and asks the runner itself for everything else", async () => {
  const seen: number[] = [];
  class Runner implements QueryRunner {
    readonly #costs = [1];
    async run(_: unknown, { timeoutMs }: { readonly timeoutMs: number }) {
      seen.push(timeoutMs);
      return [];
    }
    async estimate() {
      return this.#costs;
    }
  }
  const { runner, told } = guarded(new Runner());
  const limits = { maxRows: 1, numbers: "string" } as const;
  await runner.run([], { ...limits, timeoutMs: 30_000 }, signal);
  await runner.run([], { ...limits, timeoutMs: 500 }, signal);
  expect(seen).toEqual([1_000, 500]);
  expect(await runner.estimate?.([{ text: "", parameters: [] }], signal)).toEqual([1]);
  expect(runner.describe).toBeUndefined();
  expect(told).toEqual([]);
});

it.each([Number.NaN, 0, -1, 1.5, "4"])(
  "shares no places where the runner has %s of them, and says so",
  (concurrency) => {
    const { runner, told } = guarded({ concurrency, run: async () => [] } as unknown as QueryRunner);
    expect(runner.concurrency).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/^fault\.concurrency: .* whole number/)]);
  },
);

it.each([
  ["nothing", undefined],
  ["too few results", []],
  ["no result", [1]],
  ["no rows", [{ columns: [] }]],
  ["no columns", [{ columns: "id", rows: [] }]],
  ["a row that is none", [{ columns: ["a"], rows: ["x"] }]],
  ["a short row", [{ columns: ["a", "b"], rows: [[1]] }]],
  ["a hole", [{ columns: ["a"], rows: [undefined] }]],
])("takes %s for no result of a read", async (_, answer) => {
  const { runner, told } = guarded({ run: async () => answer as never });
  const limits = { maxRows: 1, numbers: "string", timeoutMs: 1_000 } as const;
  await expect(runner.run([{ text: "", parameters: [] }], limits, signal)).rejects.toMatchObject({
    code: "contract.broken",
  });
  expect(told).toHaveLength(1);
});
