import { expect, it } from "vitest";
import type { QueryRunner } from "../contracts/query-runner.ts";
import { capReads } from "./capped-reads.ts";

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
  const capped = capReads(new Runner(), 1_000);
  const { signal } = new AbortController();
  const limits = { maxRows: 1, numbers: "string" } as const;
  await capped.run([], { ...limits, timeoutMs: 30_000 }, signal);
  await capped.run([], { ...limits, timeoutMs: 500 }, signal);
  expect(seen).toEqual([1_000, 500]);
  expect(await capped.estimate?.([], signal)).toEqual([1]);
  expect(capped.describe).toBeUndefined();
});
