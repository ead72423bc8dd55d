import { expect, it } from "vitest";
import { category, createDictionary } from "../model/category.ts";
import { resolveStrategy } from "../model/resolve-strategy.ts";
import { Downstream } from "./downstream.ts";
import { EventHub } from "./events.ts";
import { Lane } from "./lane.ts";
import { LeaseKeeper } from "./leases.ts";
import { ReadBudget } from "./read-budget.ts";
import { defaultTuning } from "./tuning.ts";

function lane(concurrency: number): Lane {
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
  const leases = { poller: {} as never, leaseMs: 60_000, now: () => 0, onLost: () => {}, onError: () => {} };
  return new Lane({
    strategy: resolved.strategy,
    downstream: new Downstream("d", { invoke: async () => ({ status: "accepted" }) }, {}, events, 0),
    reader: {} as never,
    budget: new ReadBudget({ bufferBytes: 1_048_576, maxItemBytes: 1_048_576, lanes: () => 1 }),
    leases: new LeaseKeeper(leases),
    tuning: defaultTuning,
    events,
    now: () => 0,
    random: () => 0,
    trace: () => ({}),
    settle: () => {},
    onRoom: () => {},
    onProbe: () => {},
  });
}

it("looks further ahead by and by while there is more, and less far again, but never less than two calls for each in flight", () => {
  const made = lane(8);
  expect(made.room).toBe(16);
  made.widen();
  made.widen();
  made.widen();
  expect(made.room).toBe(128);
  made.narrow();
  expect(made.room).toBe(64);
  for (let times = 0; times < 5; times += 1) made.narrow();
  expect(made.room).toBe(16);
  for (let times = 0; times < 20; times += 1) made.widen();
  expect(made.room).toBe(8 + defaultTuning.prefetchLimit);
});
