import { expect, it } from "vitest";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import { category, createDictionary } from "../model/category.ts";
import { strategy } from "../model/strategy-in-code.ts";
import { combineStores } from "./combine-stores.ts";
import { inCodeStrategies } from "./in-code-strategies.ts";
import { loadStrategies } from "./load-strategies.ts";

const order = category("order", { orderId: "bigint" });
const dictionary = createDictionary([order]);
const signal = new AbortController().signal;
const sound = { query: "SELECT 1 WHERE 1 = :orderId", downstream: "crm", path: "/", whenAbsent: "skip" } as const;

function table(rows: readonly { name: string; [option: string]: unknown }[], revision = "1"): StrategyStore {
  return {
    load: async () => ({
      strategies: rows.map((definition) => ({ source: `table[${definition.name}]`, definition })),
      revision,
    }),
  };
}

it("puts strategies of code and of a table in force together", async () => {
  const store = combineStores([
    inCodeStrategies([strategy("a", { ...sound, category: order })]),
    table([{ name: "b", category: "order", ...sound }]),
  ]);
  const loaded = await loadStrategies(store, dictionary, signal);
  expect([...loaded.strategies.keys()]).toEqual(["a", "b"]);
  expect(loaded.invalid).toEqual([]);
});

it("lets one bad entry stop nobody, and keeps the category of what can be mended", async () => {
  const rows = [
    { name: "bad", category: "order", ...sound, batch: 0 },
    { name: "worse", category: "odrer", ...sound },
    { name: "good", category: "order", ...sound },
  ];
  const loaded = await loadStrategies(table(rows), dictionary, signal);
  expect([...loaded.strategies.keys()]).toEqual(["good"]);
  expect(loaded.invalid.map(({ name, category: known, problems }) => [name, known, problems[0]?.at])).toEqual([
    ["bad", "order", "table[bad].batch"],
    ["worse", undefined, "table[worse].category"],
  ]);
});

it("gives a name to the first that has it, and reports the second", async () => {
  const store = combineStores([
    inCodeStrategies([strategy("a", { ...sound, category: order, path: "/code" })]),
    table([{ name: "a", category: "order", ...sound }]),
  ]);
  const loaded = await loadStrategies(store, dictionary, signal);
  expect(loaded.strategies.get("a")?.path).toBe("/code");
  expect(loaded.invalid.map(({ source }) => source)).toEqual(["table[a]"]);
});

it("changes its revision when any part does, and never by two that run into each other", async () => {
  const revisionOf = async (...revisions: string[]) =>
    (await combineStores(revisions.map((each) => table([], each))).load(signal)).revision;
  expect(await revisionOf("1", "2")).not.toBe(await revisionOf("1", "3"));
  expect(await revisionOf("1", "23")).not.toBe(await revisionOf("12", "3"));
});

it("can be subscribed to only if every part can", () => {
  expect(combineStores([inCodeStrategies([])]).subscribe).toBeDefined();
  expect(combineStores([inCodeStrategies([]), table([])]).subscribe).toBeUndefined();
});
