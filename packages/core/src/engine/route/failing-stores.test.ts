import { expect, it, vi } from "vitest";
import type { LoadedStrategies, StrategyStore } from "../../contracts/strategy-store.ts";
import { category, createDictionary } from "../../model/category.ts";
import type { RecordedChange } from "../../model/change.ts";
import { SynclineError } from "../../model/errors.ts";
import type { StrategyDefinition } from "../../model/strategy.ts";
import { EventHub } from "../events.ts";
import { Faults } from "../guard/faults.ts";
import type { LaneRunner } from "../lane/lane-runner.ts";
import { LaneSet } from "./lane-set.ts";

const never = new AbortController().signal;
const order = category("order", { orderId: "bigint" });
const lease = { token: "t", durationMs: 0 };

const definitionOf = (name: string): StrategyDefinition => ({
  name,
  category: "order",
  query: "q",
  downstream: "d",
  path: "/",
  whenAbsent: "delete",
});

const holding = (revision: string, ...names: readonly string[]): LoadedStrategies => ({
  revision,
  strategies: names.map((name) => ({ source: name, definition: definitionOf(name) })),
});

const change: RecordedChange = {
  id: "1",
  category: "order",
  condition: `{"orderId":"1"}`,
  operation: "upsert",
  recordedAt: 0,
  strategy: null,
};

/** A set of lanes whose table is at `revision`, whatever the store has answered with. */
function lanesOf(load: () => Promise<LoadedStrategies>, more: Partial<StrategyStore> = {}) {
  const clock = { ms: 0 };
  const table = { loaded: undefined as string | undefined };
  const events = new EventHub(() => {});
  const opening = { broken: undefined as string | undefined };
  const set = new LaneSet({
    applied: () => {},
    dictionary: createDictionary([order]),
    store: {
      load: async () => {
        const loaded = await load();
        table.loaded = loaded.revision;
        return loaded;
      },
      ...more,
    },
    tableRevision: () => table.loaded,
    check: () => [],
    open: (strategy) => {
      if (opening.broken === strategy.name) throw new Error("no lane");
      return { strategy, room: 0, retire: () => 0, whenIdle: async () => {} } as Partial<LaneRunner> as LaneRunner;
    },
    describe: async () => undefined,
    events,
    faults: new Faults(events),
    now: () => clock.ms,
    refreshMs: 1_000,
  });
  const routed = (revision: string) =>
    set
      .route(lease)([change], revision)
      ?.deliveries.map(({ strategy }) => strategy);
  return { set, clock, opening, routed };
}

it("routes by nothing that was loaded and could not be put in force, and tries again", async () => {
  let answer = holding("1", "a");
  const { set, opening, routed } = lanesOf(async () => answer, { subscribe: () => () => {} });
  await set.refresh(never);
  expect(routed("1")).toEqual(["a"]);
  answer = holding("2", "a", "b");
  opening.broken = "b";
  set.expire();
  await expect(set.refresh(never)).rejects.toThrow("no lane");
  // The table is at 2: what is in force must not route its changes, and nothing of theirs is lost.
  expect(routed("2")).toBeUndefined();
  opening.broken = undefined;
  await set.refresh(never);
  expect(routed("2")).toEqual(["a", "b"]);
});

it("keeps what is in force while the store breaks its contract, asks again after a while, and takes what it says then", async () => {
  let load = async () => holding("1", "a");
  const { set, clock, routed } = lanesOf(() => load());
  await set.refresh(never);
  const broken = vi.fn(async (): Promise<LoadedStrategies> => {
    throw new SynclineError("contract.broken", "It answered undefined.");
  });
  load = broken;
  clock.ms = 1_000;
  await set.refresh(never);
  set.expire();
  await set.refresh(never);
  expect([broken.mock.calls.length, set.names, set.cannotLoad, routed("1")]).toEqual([1, ["a"], true, ["a"]]);
  load = async () => holding("2", "b");
  clock.ms = 2_000;
  await set.refresh(never);
  expect([set.names, set.cannotLoad, routed("2")]).toEqual([["b"], false, ["b"]]);
});

it("fails as the store does as long as nothing is in force, and when the database is away", async () => {
  let load = (): Promise<LoadedStrategies> => Promise.reject(new SynclineError("contract.broken", "no"));
  const { set } = lanesOf(() => load());
  await expect(set.refresh(never)).rejects.toMatchObject({ code: "contract.broken" });
  load = async () => holding("1", "a");
  await set.refresh(never);
  load = () => Promise.reject(new SynclineError("database.unavailable", "away"));
  set.expire();
  await expect(set.refresh(never)).rejects.toMatchObject({ code: "database.unavailable" });
});

it("loads again where the store told of a change while it was being asked", async () => {
  let tell: () => void = () => {};
  let revision = 0;
  const { set } = lanesOf(
    async () => {
      revision += 1;
      if (revision === 1) tell();
      return holding(String(revision), revision === 1 ? "a" : "b");
    },
    {
      subscribe: (listener) => {
        tell = listener;
        return () => {};
      },
    },
  );
  await set.refresh(never);
  await set.refresh(never);
  expect(set.names).toEqual(["b"]);
  await set.refresh(never);
  expect(revision).toBe(2);
});

it("asks a store again and again that cannot be subscribed to", async () => {
  const load = vi.fn(async () => holding("1", "a"));
  const { set, clock } = lanesOf(load, {
    subscribe: () => {
      throw new SynclineError("contract.broken", "no");
    },
  });
  await set.refresh(never);
  clock.ms = 1_000;
  await set.refresh(never);
  expect(load).toHaveBeenCalledTimes(2);
});

it("waits for one load at a time, and for none that was given up once", async () => {
  const load = vi.fn(() => new Promise<LoadedStrategies>(() => {}));
  const { set } = lanesOf(load);
  const first = new AbortController();
  const waiting = set.refresh(first.signal);
  const second = set.refresh(AbortSignal.abort());
  await vi.waitFor(() => expect(load).toHaveBeenCalledOnce());
  first.abort();
  await expect(waiting).rejects.toMatchObject({ code: "operation.aborted" });
  await expect(second).rejects.toMatchObject({ code: "operation.aborted" });
});

it("opens no lane once it is closed", async () => {
  const { set } = lanesOf(async () => holding("1", "a"));
  await set.close(never, never);
  await set.refresh(never);
  expect(set.names).toEqual([]);
});
