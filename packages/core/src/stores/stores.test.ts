import { expect, it } from "vitest";
import type { StoredStrategy, StrategyStore } from "../contracts/strategy-store.ts";
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

it.each<[what: string, more: object, words: string]>([
  ["unknown options", Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`option${n}`, 1])), "5000 values"],
  ["values", { options: { list: Array(50_000).fill(1) } }, "5000 values"],
  ["characters", { options: { text: "x".repeat(5_000_000) } }, "262144 characters"],
  ["characters in names", { options: { ["x".repeat(300_000)]: 1 } }, "262144 characters"],
  ["characters in its template", { query: "x".repeat(300_000) }, "262144 characters"],
])("refuses a definition of too many %s at once, and no other", async (_, more, words) => {
  const rows = [
    { name: "large", category: "order", ...sound, ...more },
    { name: "good", category: "order", ...sound },
  ];
  const loaded = await loadStrategies(table(rows), dictionary, signal);
  expect([...loaded.strategies.keys()]).toEqual(["good"]);
  expect(loaded.invalid).toMatchObject([{ name: "large", category: "order", problems: [{ at: "table[large]" }] }]);
  expect(loaded.invalid[0]?.problems).toHaveLength(1);
  expect(loaded.invalid[0]?.problems[0]?.message).toContain(words);
});

it("tells of the first unknown options, and how many more there are", async () => {
  const unknown = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`option${n}`, 1]));
  const loaded = await loadStrategies(
    table([{ name: "a", category: "order", ...sound, ...unknown }]),
    dictionary,
    signal,
  );
  expect(loaded.invalid[0]?.problems).toHaveLength(21);
  expect(loaded.invalid[0]?.problems.at(-1)?.message).toBe("There are 3980 more that are no options.");
});

it("keeps the keys of what is disabled, without judging it, and gives its name to another that has it", async () => {
  const store: StrategyStore = {
    load: async () => ({
      strategies: [
        { source: "code", definition: { name: "taken", category: "order", ...sound } },
        { source: "table[off]", definition: { name: "off", category: "order", coalesce: false }, disabled: true },
        { source: "table[taken]", definition: { name: "taken", category: "order" }, disabled: true },
        { source: "table[odd]", definition: { name: "odd", category: "odrer" }, disabled: true },
      ],
      revision: "1",
    }),
  };
  const loaded = await loadStrategies(store, dictionary, signal);
  expect([...loaded.strategies.keys()]).toEqual(["taken"]);
  expect(loaded.invalid).toEqual([]);
  expect(loaded.disabled).toEqual([
    { name: "off", category: "order", coalesce: false },
    { name: "odd", category: undefined, coalesce: true },
  ]);
});

it("puts 5,000 in force beside 5,000 that are disabled", async () => {
  const rows = (count: number, prefix: string, disabled: boolean) =>
    Array.from({ length: count }, (_, n) => ({
      source: "table",
      definition: { name: `${prefix}${n}`, category: "order", ...sound },
      disabled,
    }));
  const load = (strategies: readonly StoredStrategy[]) =>
    loadStrategies({ load: async () => ({ strategies, revision: "1" }) }, dictionary, signal);
  expect((await load([...rows(5_000, "on", false), ...rows(5_000, "off", true)])).strategies.size).toBe(5_000);
  await expect(load(rows(5_001, "off", true))).rejects.toMatchObject({ code: "strategy.invalid" });
});

it("takes a store's word for what it has not read, and goes on collecting its keys", async () => {
  const store: StrategyStore = {
    load: async () => ({
      strategies: [{ source: "table[a]", definition: { name: "a", category: "order" }, problem: "It is too large." }],
      revision: "1",
    }),
  };
  expect((await loadStrategies(store, dictionary, signal)).invalid).toEqual([
    {
      name: "a",
      source: "table[a]",
      category: "order",
      coalesce: true,
      problems: [{ at: "table[a]", message: "It is too large." }],
    },
  ]);
});

it("puts 5,000 strategies in force, and none of more, since the keys of those that are not read would be lost", async () => {
  const rows = Array.from({ length: 5_001 }, (_, n) => ({ name: `s${n}`, category: "order", ...sound }));
  const loaded = await loadStrategies(table(rows.slice(1)), dictionary, signal);
  expect(loaded.strategies.size).toBe(5_000);
  await expect(loadStrategies(table(rows), dictionary, signal)).rejects.toMatchObject({
    code: "strategy.invalid",
    retryable: true,
  });
});
