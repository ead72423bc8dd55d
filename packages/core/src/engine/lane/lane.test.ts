import { expect, it } from "vitest";
import { category, createDictionary } from "../../model/category.ts";
import type { Claim } from "../../model/delivery.ts";
import { resolveStrategy } from "../../model/resolve-strategy.ts";
import { Downstream } from "../call/downstream.ts";
import { EventHub } from "../events.ts";
import { ReadBudget } from "../read/read-budget.ts";
import { ReadPlans } from "../read/read-plans.ts";
import { LeaseKeeper } from "../settle/leases.ts";
import { defaultTuning } from "../tuning.ts";
import { Lane } from "./lane.ts";

function lane(concurrency: number, now: () => number): Lane {
  const definition = {
    name: "s",
    category: "thing",
    query: "q",
    downstream: "d",
    path: "/",
    whenAbsent: "skip",
    concurrency,
  } as const;
  const resolved = resolveStrategy(definition, createDictionary([category("thing", { id: "integer" })]), "s");
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const events = new EventHub(() => {});
  const leases = { poller: {} as never, leaseMs: 60_000, now, onLost: () => {}, onError: () => {} };
  const reader = {
    composer: {
      check: () => [],
      compose: (_: unknown, conditions: readonly unknown[]) => ({
        mode: "set" as const,
        statements: [{ text: "", parameters: conditions }],
      }),
    },
    queryRunner: {
      run: async (statements: readonly { readonly parameters: readonly unknown[] }[]) =>
        statements.map(({ parameters }) => ({
          columns: ["#", "present", "v"],
          rows: parameters.map((_, at) => [at, true, "x"]),
        })),
    },
  };
  const own = { ...reader, runnerOf: () => reader.queryRunner };
  return new Lane({
    strategy: resolved.strategy,
    downstream: new Downstream("d", { invoke: async () => ({ status: "accepted" }) }, {}, events, 0),
    reader: { ...own, plans: new ReadPlans({ ...own, now }) },
    budget: new ReadBudget({ bufferBytes: 1_048_576, maxItemBytes: 1_048_576, lanes: () => 1 }),
    leases: new LeaseKeeper(leases),
    tuning: defaultTuning,
    events,
    now,
    random: () => 0,
    trace: () => ({}),
    settle: () => {},
    onRoom: () => {},
    onProbe: () => {},
  });
}

function claims(count: number): readonly Claim[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    strategy: "s",
    key: `{"id":${index}}`,
    ordinal: "0",
    revision: "1",
    operation: "upsert",
    epoch: 0,
    attempts: 0,
    lapsed: false,
    token: "t",
    firstRecordedAt: 0,
  }));
}

it("looks further ahead while it sends quickly what it takes, and less far again, but never less than two calls for each in flight", async () => {
  const clock = { ms: 0 };
  const made = lane(8, () => clock.ms);
  /** Takes some more, so long after the last ones; returns how much it has room for when they are sent. */
  const take = async (afterMs: number, count = made.room) => {
    clock.ms += afterMs;
    made.accept(claims(count), clock.ms);
    made.widen();
    await made.whenIdle();
    return made.room;
  };
  expect(made.room).toBe(16);
  expect(await take(0)).toBe(16);
  expect(await take(100)).toBe(32);
  expect(await take(100)).toBe(64);
  expect(await take(1_000)).toBe(64);
  expect(await take(100, 10)).toBe(64);
  made.narrow();
  expect(made.room).toBe(32);
  for (let times = 0; times < 5; times += 1) made.narrow();
  expect(made.room).toBe(16);
  for (let times = 0; times < 10; times += 1) await take(1);
  expect(made.room).toBe(8 + defaultTuning.prefetchLimit);
});
