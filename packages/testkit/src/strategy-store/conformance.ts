import assert from "node:assert/strict";
import type { StrategyDefinition, StrategyStore } from "@syncline/core/spi";
import type { Check, CheckGroup, Closable } from "../suite/check.ts";
import { declareSuite, type SuiteCounts } from "../suite/declare-suite.ts";
import { eventually, never, rejectsWith, sameMembers } from "../suite/expectations.ts";
import type { ConformanceOptions, TestRunner } from "../suite/runner.ts";

/** An empty store, and how whoever keeps it edits it. */
export interface StrategyStoreFixture extends Closable {
  readonly store: StrategyStore;
  /** Adds the strategy, or replaces the one of that name. */
  put(definition: StrategyDefinition): Promise<void>;
  remove(name: string): Promise<void>;
}

/** `subscribe`: the store tells of changes by itself. */
export type StrategyStoreCapability = "subscribe";

type StoreCheck = Check<StrategyStoreFixture, StrategyStoreCapability>;

const plain: StrategyDefinition = {
  name: "plain",
  category: "order",
  query: "SELECT 1 WHERE :orderId = 1",
  downstream: "crm",
  path: "/orders/{orderId}",
  whenAbsent: "delete",
};

const rich: StrategyDefinition = {
  ...plain,
  name: "rich",
  query: `SELECT 'it''s "q" \\ größe 🚲' -- :x\n FROM t`,
  options: { headers: { "x-a": "1" }, list: [1, null, true, { deep: "é" }] },
  retry: { maxAttempts: 3, initialMs: 0 },
  coalesce: false,
};

function only({ strategies }: Awaited<ReturnType<StrategyStore["load"]>>): readonly unknown[] {
  return strategies.map(({ definition }) => definition);
}

const loadingChecks: readonly StoreCheck[] = [
  {
    name: "an empty store loads no strategies, and has a revision",
    run: async ({ store }) => {
      const { strategies, revision } = await store.load(never);
      assert.deepEqual(strategies, []);
      assert.equal(typeof revision, "string");
    },
  },
  {
    name: "what was put is loaded as it was, with every option and character",
    run: async ({ store, put }) => {
      for (const definition of [plain, rich]) await put(definition);
      sameMembers(only(await store.load(never)), [plain, rich], "definitions");
    },
  },
  {
    name: "each strategy says where it stands",
    run: async ({ store, put }) => {
      for (const definition of [plain, rich]) await put(definition);
      const sources = (await store.load(never)).strategies.map(({ source }) => source);
      assert.equal(new Set(sources).size, 2, `sources: ${sources.join()}`);
      assert.ok(sources.every((source) => source.trim() !== ""));
    },
  },
  {
    name: "a wrong definition is loaded too, for core to report, and stops no other",
    run: async ({ store, put }) => {
      await put({ name: "wrong", nonsense: 1 } as unknown as StrategyDefinition);
      await put(plain);
      sameMembers(only(await store.load(never)), [plain, { name: "wrong", nonsense: 1 }], "definitions");
    },
  },
  {
    name: "a removed strategy is not loaded",
    run: async ({ store, put, remove }) => {
      for (const definition of [plain, rich]) await put(definition);
      // So that a store which remembers what it has loaded has something to remember.
      assert.equal((await store.load(never)).strategies.length, 2);
      await remove("plain");
      sameMembers(only(await store.load(never)), [rich], "definitions");
    },
  },
  {
    name: "a load whose signal has fired is refused",
    run: async ({ store }) => rejectsWith(["operation.aborted"], "an aborted load", store.load(AbortSignal.abort())),
  },
];

const revisionChecks: readonly StoreCheck[] = [
  {
    name: "the revision changes with every edit",
    run: async ({ store, put, remove }) => {
      const seen: string[] = [];
      const look = async () => seen.push((await store.load(never)).revision);
      await look();
      for (const edit of [
        () => put(plain),
        () => put({ ...plain, batch: 2 }),
        () => put(rich),
        () => remove("rich"),
        () => remove("plain"),
      ]) {
        await edit();
        await look();
      }
      seen.slice(1).forEach((revision, index) => {
        assert.notEqual(revision, seen[index], `after edit ${index + 1}`);
      });
    },
  },
  {
    name: "the revision stays where nothing was edited",
    run: async ({ store, put }) => {
      await put(plain);
      const { revision } = await store.load(never);
      assert.equal((await store.load(never)).revision, revision);
    },
  },
  {
    name: "a subscriber hears of an edit, and of none once it has stopped",
    requires: ["subscribe"],
    run: async ({ store, put }) => {
      let heard = 0;
      const stop = store.subscribe?.(() => heard++);
      assert.ok(stop !== undefined, "the store has no subscribe");
      await put(plain);
      await eventually("word of an edit", async () => (heard > 0 ? true : undefined));
      sameMembers(only(await store.load(never)), [plain], "definitions");
      let later = 0;
      const stopLater = store.subscribe?.(() => later++);
      stop();
      const before = heard;
      await put(rich);
      await eventually("word of the next edit", async () => (later > 0 ? true : undefined));
      stopLater?.();
      assert.equal(heard, before);
    },
  },
];

/** Every promise of a `StrategyStore`, as checks. */
export const strategyStoreChecks: readonly CheckGroup<StrategyStoreFixture, StrategyStoreCapability>[] = [
  { name: "loading", checks: loadingChecks },
  { name: "revisions", checks: revisionChecks },
];

/** Declares, as tests of the runner, every promise that a `StrategyStore` makes. Errors: `TypeError` for wrong options. */
export function strategyStoreConformance(
  createFixture: () => Promise<StrategyStoreFixture> | StrategyStoreFixture,
  runner: TestRunner,
  options: ConformanceOptions<StrategyStoreCapability>,
): SuiteCounts {
  const capabilities: readonly StrategyStoreCapability[] = ["subscribe"];
  const suite = { name: "strategy store conformance", capabilities, groups: strategyStoreChecks };
  return declareSuite(suite, createFixture, runner, options);
}
