import { expect, it } from "vitest";
import type { StoredCategory } from "../contracts/strategy-store.ts";
import { category, createDictionary } from "../model/category.ts";
import { LiveDictionary } from "../model/live-dictionary.ts";
import { mergeCategories } from "./merge-categories.ts";

const order = category("order", { orderId: "bigint", region: "string" });
const inCode = createDictionary([order]);
const stored = (name: string, more: object, source = "table"): StoredCategory => ({
  source: `${source}[${name}]`,
  definition: { name, ...more },
});

it("adds what stores have to what code has, and takes the same in any order for the same", () => {
  const { dictionary, invalid, sources } = mergeCategories(inCode, [
    stored("order", { fields: { region: "string", orderId: "bigint" } }),
    stored("part", { fields: { sku: "string" }, source: { table: "parts", columns: { sku: "code" } } }),
    stored("part", { fields: { sku: "string" }, source: { table: "parts", columns: { sku: "code" } } }, "other"),
  ]);
  expect(invalid).toEqual([]);
  expect([...dictionary.keys()]).toEqual(["order", "part"]);
  expect(dictionary.get("order")).toBe(order);
  expect([...sources]).toEqual([["part", "table[part]"]]);
});

it("refuses what contradicts by name, and leaves the first and all others in force", () => {
  const { dictionary, invalid } = mergeCategories(inCode, [
    stored("order", { fields: { orderId: "string" } }),
    stored("part", { fields: { sku: "string" } }),
    stored("part", { fields: { sku: "string" }, source: { table: "parts" } }, "other"),
    stored("team", { fields: { id: "uuid" } }),
  ]);
  expect([...dictionary.keys()]).toEqual(["order", "part", "team"]);
  expect(invalid.map(({ name, source }) => [name, source])).toEqual([
    ["order", "table[order]"],
    ["part", "other[part]"],
  ]);
  expect(invalid[0]?.problems[0]?.message).toContain("code has this category with other fields (orderId: bigint");
  expect(invalid[1]?.problems[0]?.message).toContain("table[part] has this category with another source");
});

it.each<[what: string, entry: unknown, place: string]>([
  ["no fields", { source: "t", definition: { name: "a" } }, "t.fields"],
  ["a type that is none", { source: "t", definition: { name: "a", fields: { id: "int" } } }, "t.fields.id"],
  ["a member that is none", { source: "t", definition: { name: "a", fields: { id: "uuid" }, key: 1 } }, "t.key"],
  ["too much", { source: "t", definition: { name: "a", fields: { id: "x".repeat(300_000) } } }, "t"],
  ["no category", null, "entry 1 of the store of categories"],
  ["words of its store", { source: "t", definition: { name: "a" }, problem: "It is too large." }, "t"],
])("refuses %s, at its place", (_, entry, place) => {
  const { dictionary, invalid } = mergeCategories(inCode, [entry as StoredCategory]);
  expect([...dictionary.keys()]).toEqual(["order"]);
  expect(invalid[0]?.problems[0]?.at).toBe(place);
});

it("asks a store where a member stands", () => {
  const { invalid } = mergeCategories(inCode, [
    { ...stored("a", { fields: { id: "int" } }), place: (option) => `a.yaml:3:7 (${option})` },
  ]);
  expect(invalid[0]?.problems[0]?.at).toBe("a.yaml:3:7 (fields.id)");
});

it("keeps a category's identity while it is the same, and names those whose keys are others", () => {
  const live = new LiveDictionary(inCode);
  const next = (part: object) => mergeCategories(inCode, [stored("part", part)]).dictionary;
  expect(live.use(next({ fields: { sku: "string" } }))).toEqual(["part"]);
  const before = live.get("part");
  expect(live.use(next({ fields: { sku: "string" } }))).toEqual([]);
  expect(live.get("part")).toBe(before);
  expect(live.use(next({ fields: { sku: "uuid" } }))).toEqual(["part"]);
  expect(live.use(inCode)).toEqual([]);
  expect([...live.keys()]).toEqual(["order"]);
});

it("keeps a category that is not in order any more as it was in force", () => {
  const fields = { sku: "string" } as const;
  const before = mergeCategories(inCode, [stored("part", { fields }), stored("gone", { fields })]).dictionary;
  const { dictionary, invalid } = mergeCategories(inCode, [stored("part", { feilds: fields })], before);
  expect(invalid.map(({ name }) => name)).toEqual(["part"]);
  expect(dictionary.get("part")).toBe(before.get("part"));
  expect(dictionary.has("gone")).toBe(false);
});
