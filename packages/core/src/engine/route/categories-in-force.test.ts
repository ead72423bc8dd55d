import { expect, it } from "vitest";
import type { StoredCategory, StoredStrategy } from "../../contracts/strategy-store.ts";
import { category, createDictionary } from "../../model/category.ts";
import { LiveDictionary } from "../../model/live-dictionary.ts";
import { EventHub, type PipelineEvents } from "../events.ts";
import { Faults } from "../guard/faults.ts";
import type { LaneRunner } from "../lane/lane-runner.ts";
import { LaneSet } from "./lane-set.ts";

const never = new AbortController().signal;
const order = category("order", { orderId: "bigint" });
const part = { source: "part.yaml", definition: { name: "part", fields: { sku: "string" } } };
const parts = (more: object = {}): StoredStrategy => ({
  source: "parts.yaml",
  definition: { name: "parts", category: "part", query: "q", downstream: "d", path: "/", whenAbsent: "skip", ...more },
  keepsLast: true,
  place: (option) => `parts.yaml:1:1 (${option})`,
});

function lanes(categories: readonly StoredCategory[], strategies: readonly StoredStrategy[]) {
  const setting = { categories, strategies, refused: "" };
  let revision = 0;
  const retired: string[] = [];
  const changed: string[] = [];
  const events = new EventHub(() => {});
  const invalid: PipelineEvents["strategyInvalid"][] = [];
  events.on("strategyInvalid", (event) => invalid.push(event));
  const dictionary = new LiveDictionary(createDictionary([order]));
  const set = new LaneSet({
    applied: () => {},
    ...{ dictionary, events, faults: new Faults(events), now: () => 0, refreshMs: 1_000 },
    store: {
      load: async () => {
        revision += 1;
        return { categories: setting.categories, strategies: setting.strategies, revision: String(revision) };
      },
      subscribe: () => () => {},
    },
    tableRevision: () => undefined,
    check: ({ path }) => (path === setting.refused ? [{ at: "path", message: "no" }] : []),
    open: (strategy) => {
      const lane: Partial<LaneRunner> = {
        strategy,
        retire: () => retired.push(`${strategy.name} ${strategy.path}`),
        whenIdle: async () => {},
      };
      return lane as LaneRunner;
    },
    describe: async () => undefined,
    onCategories: (names) => changed.push(...names),
  });
  const change = { id: "1", category: "part", operation: "upsert", recordedAt: 0, strategy: null };
  return {
    ...{ setting, retired, changed, dictionary, invalid, set },
    reload: async () => {
      set.expire();
      await set.refresh(never);
    },
    route: () => {
      const routing = set.route({ token: "t", durationMs: 0 })([{ ...change, condition: `{"sku":"A"}` }], undefined);
      return { to: routing?.deliveries.map(({ strategy }) => strategy), refused: routing?.refused.length };
    },
  };
}

it("routes changes of a category that comes while the process runs, and of none that goes", async () => {
  const { setting, reload, route, changed, dictionary } = lanes([], []);
  await reload();
  expect(route()).toEqual({ to: [], refused: 1 });
  setting.categories = [part];
  setting.strategies = [parts()];
  await reload();
  expect(route()).toEqual({ to: ["parts"], refused: 0 });
  expect(dictionary.has("part")).toBe(true);
  setting.categories = [];
  setting.strategies = [];
  await reload();
  expect(route()).toEqual({ to: [], refused: 1 });
  expect(changed).toEqual(["part"]);
});

it("goes on with a file's strategy as it was while it is invalid, by itself or by its parts", async () => {
  const { setting, reload, route, retired, invalid, set } = lanes([part], [parts()]);
  await reload();
  setting.refused = "/nowhere";
  for (const wrong of [{ batch: 0 }, { path: "/nowhere" }]) {
    setting.strategies = [parts(wrong)];
    await reload();
    expect(route()).toEqual({ to: ["parts"], refused: 0 });
    expect(set.strategy("parts")?.path).toBe("/");
  }
  expect(retired).toEqual([]);
  expect(invalid.map(({ kept, problems }) => [kept, problems[0]?.at])).toEqual([
    [true, "parts.yaml:1:1 (batch)"],
    [true, "parts.yaml:1:1 (path)"],
  ]);
  expect(set.invalid.map(({ name, kept }) => [name, kept])).toEqual([["parts", true]]);
  setting.strategies = [parts({ path: "/mended" })];
  await reload();
  expect(retired).toEqual(["parts /"]);
  expect(set.invalid).toEqual([]);
});

it("keeps the category of a strategy that goes on as it was", async () => {
  const { setting, reload, route } = lanes([part], [parts()]);
  await reload();
  setting.categories = [];
  await reload();
  expect(route()).toEqual({ to: ["parts"], refused: 0 });
});

it("goes on with nothing whose keys would be others, and collects its keys", async () => {
  const { setting, reload, retired, set } = lanes([part], [parts()]);
  await reload();
  setting.categories = [{ ...part, definition: { name: "part", fields: { sku: "string", lot: "string" } } }];
  setting.strategies = [parts({ batch: 0 })];
  await reload();
  expect(retired).toEqual(["parts /"]);
  expect(set.invalid.map(({ name, kept }) => [name, kept])).toEqual([["parts", false]]);
  expect(set.names).toEqual([]);
});
