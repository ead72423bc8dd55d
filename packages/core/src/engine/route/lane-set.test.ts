import { expect, it, vi } from "vitest";
import type { KeyEquality } from "../../contracts/query-runner.ts";
import type { StrategyStore } from "../../contracts/strategy-store.ts";
import { category, createDictionary } from "../../model/category.ts";
import type { RecordedChange } from "../../model/change.ts";
import { SynclineError } from "../../model/errors.ts";
import type { StrategyDefinition } from "../../model/strategy.ts";
import { EventHub } from "../events.ts";
import { Faults } from "../guard/faults.ts";
import type { LaneRunner } from "../lane/lane-runner.ts";
import { LaneSet } from "./lane-set.ts";

const never = new AbortController().signal;
const order = category("order", { code: "string" });

function definitionOf(name: string, more: Partial<StrategyDefinition> = {}): StrategyDefinition {
  return { name, category: "order", query: "q", downstream: "d", path: "/", whenAbsent: "delete", ...more };
}

/** Lanes that do nothing, on a database that says of each strategy's key how it is compared. */
function lanes(setting: { strategies: readonly StrategyDefinition[]; says: (name: string) => KeyEquality | Error }) {
  const clock = { ms: 0 };
  let revision = 0;
  const retired: string[] = [];
  const store: StrategyStore = {
    load: async () => ({
      revision: String(revision),
      strategies: setting.strategies.map((definition) => ({ source: "code", definition })),
    }),
    subscribe: () => () => {},
  };
  const events = new EventHub(() => {});
  const set = new LaneSet({
    applied: () => {},
    dictionary: createDictionary([order]),
    store,
    tableRevision: () => undefined,
    check: () => [],
    open: (strategy) => {
      const lane: Partial<LaneRunner> = {
        strategy,
        retire: () => retired.push(strategy.name),
        whenIdle: async () => {},
      };
      return lane as LaneRunner;
    },
    describe: async ({ name }) => {
      const answer = setting.says(name);
      if (answer instanceof Error) throw answer;
      return { types: [], problems: [], equality: { code: answer } };
    },
    events,
    faults: new Faults(events),
    now: () => clock.ms,
    refreshMs: 1_000,
  });
  const change: RecordedChange = {
    id: "1",
    category: "order",
    condition: `{"code":"A "}`,
    operation: "upsert",
    recordedAt: 0,
    strategy: null,
  };
  return {
    clock,
    setting,
    retired,
    refresh: () => set.refresh(never),
    reload: async () => {
      revision += 1;
      set.expire();
      await set.refresh(never);
    },
    keys: () =>
      set
        .route({ token: "t", durationMs: 0 })([change], undefined)
        ?.deliveries.map(({ key }) => key),
  };
}

it("routes equal keys to one delivery as soon as its strategies are loaded", async () => {
  const { refresh, keys } = lanes({ strategies: [definitionOf("a")], says: () => "padded" });
  await refresh();
  expect(keys()).toEqual([`{"code":"A"}`]);
});

it("routes each spelling by itself while the database is away, and asks again until it can say", async () => {
  const away = new SynclineError("database.unavailable", "It is away.");
  const { refresh, keys, setting, clock } = lanes({ strategies: [definitionOf("a")], says: () => away });
  await refresh();
  expect(keys()).toEqual([`{"code":"A "}`]);
  setting.says = () => "padded";
  await refresh();
  expect(keys()).toEqual([`{"code":"A "}`]);
  clock.ms = 5_000;
  await refresh();
  await vi.waitFor(() => expect(keys()).toEqual([`{"code":"A"}`]));
});

it("asks about strategies that come later, before it routes by them", async () => {
  const says = (name: string) => (name === "a" ? "padded" : "exact");
  const { refresh, reload, keys, setting } = lanes({ strategies: [definitionOf("a")], says });
  await refresh();
  setting.strategies = [definitionOf("a"), definitionOf("b")];
  await reload();
  expect(keys()).toEqual([`{"code":"A "}`, `{"code":"A "}`]);
  setting.strategies = [definitionOf("a")];
  await reload();
  expect(keys()).toEqual([`{"code":"A"}`]);
});

it("asks anew about a strategy that has changed, and retires the lane that it had", async () => {
  let answer: KeyEquality = "padded";
  const { refresh, reload, keys, setting, retired } = lanes({ strategies: [definitionOf("a")], says: () => answer });
  await refresh();
  answer = "caseless";
  setting.strategies = [definitionOf("a", { query: "another" })];
  await reload();
  expect(retired).toEqual(["a"]);
  expect(keys()).toEqual([`{"code":"a "}`]);
});
