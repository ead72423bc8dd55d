import { createDictionary, resolveStrategy } from "@syncline/core/spi";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { categorySchema, strategySchema } from "./schema.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const isStrategy = ajv.compile(strategySchema);
const isCategory = ajv.compile(categorySchema);
const dictionary = createDictionary([{ name: "order", fields: { id: "bigint" } }]);
const least = { name: "a", category: "order", query: "SELECT 1", downstream: "d", path: "/", whenAbsent: "delete" };

const day = 86_400_000;
/** At the edges of what core takes, on both sides, and of each kind. */
const edges: readonly unknown[] = [
  ...[null, true, false, "", " ", "a", "x".repeat(101), "x".repeat(201), "x".repeat(1_001), "x".repeat(2_001)],
  ...[
    "x".repeat(100_001),
    "delete",
    "skip",
    "dead",
    "set",
    "joined",
    "fenced",
    "each",
    "one",
    "many",
    "string",
    "number",
  ],
  ...[-1, 0, 0.000009, 0.00001, 0.001, 0.5, 1, 1.5, 999, 1_000, 1_001, 10_000, 10_001, 100_000, 1_000_000, 1_000_001],
  ...[day, day + 1, 7 * day, 7 * day + 1, [], [1], {}, { a: 1 }, { a: [null, { b: "c" }] }],
];

/** Of core's own checks, and whatever the schema has beside them. */
const optionsOfCore = (() => {
  const resolved = resolveStrategy({ nonsense: 1 }, dictionary, "s");
  const told = resolved.ok ? "" : (resolved.problems.find(({ at }) => at === "s.nonsense")?.message ?? "");
  return (/there are (.*)\.$/.exec(told)?.[1] ?? "").split(", ").filter((name) => name !== "map");
})();

it("has the options that core has, and what files add to them", () => {
  const own = Object.keys(strategySchema.properties as object).filter(
    (name) => name !== "$schema" && name !== "enabled",
  );
  expect(optionsOfCore.length).toBeGreaterThan(20);
  expect(own.sort()).toEqual([...optionsOfCore].sort());
});

/** Not judged by the value alone: another option decides, or the dictionary. */
const judgedElsewhere = new Set(["deleteBatch", "concurrency", "category", "shadowOf"]);

it.each(optionsOfCore.filter((name) => !judgedElsewhere.has(name)))("judges %s as core does", (option) => {
  for (const value of edges) {
    const given = { ...least, [option]: value };
    const takes = resolveStrategy(given, dictionary, "s").ok;
    expect([option, String(JSON.stringify(value)).slice(0, 60), isStrategy(given)]).toEqual([
      option,
      String(JSON.stringify(value)).slice(0, 60),
      takes,
    ]);
  }
});

const nested = {
  rate: { perSecond: 1, burst: 1 },
  retry: { maxAttempts: 1, initialMs: 0, maxMs: 0 },
  debounce: { quietMs: 1, maxMs: 7 * day },
  window: { opens: "* * * * *", closes: "* * * * *", timezone: "UTC" },
};

it.each(Object.entries(nested))("judges the members of %s as core does", (option, sound) => {
  const cases = [...Object.keys(sound), "nonsense"].flatMap((member) => [
    ...edges.map((value) => ({ ...sound, [member]: value })),
    Object.fromEntries(Object.entries(sound).filter(([name]) => name !== member)),
  ]);
  for (const value of cases) {
    // That one is at least the other is core's alone to say.
    if ("quietMs" in value && "maxMs" in value && Number(value.quietMs) > Number(value.maxMs)) continue;
    const given = { ...least, [option]: value };
    expect([value, isStrategy(given)]).toEqual([value, resolveStrategy(given, dictionary, "s").ok]);
  }
});

it("misses what core misses", () => {
  for (const name of Object.keys(least)) {
    const given = Object.fromEntries(Object.entries(least).filter(([each]) => each !== name));
    expect([name, isStrategy(given), resolveStrategy(given, dictionary, "s").ok]).toEqual([name, false, false]);
  }
  expect(isStrategy({ ...least, query: { file: "a.sql" }, enabled: false, $schema: "x" })).toBe(true);
});

it.each<[what: string, given: object]>([
  ["nothing", {}],
  ["no fields", { name: "a", fields: {} }],
  ["a type that is none", { name: "a", fields: { id: "int" } }],
  ["a field's name that is none", { name: "a", fields: { "order id": "uuid" } }],
  ["a field's name that is too long", { name: "a", fields: { [`a${"b".repeat(30)}`]: "uuid" } }],
  ["a name that is none", { name: "1a", fields: { id: "uuid" } }],
  ["all types", { name: "a", fields: { a: "string", b: "integer", c: "bigint", d: "decimal", e: "boolean" } }],
  ["more types", { name: "A.b-c_1", fields: { _a: "uuid", b: "date", c: "timestamp" } }],
  ["a source without a table", { name: "a", fields: { id: "uuid" }, source: {} }],
  ["a source", { name: "a", fields: { id: "uuid" }, source: { table: "t", columns: { id: "x" }, updateOf: ["y"] } }],
  ["a source's member that is none", { name: "a", fields: { id: "uuid" }, source: { table: "t", column: {} } }],
  ["an empty list", { name: "a", fields: { id: "uuid" }, source: { table: "t", updateOf: [] } }],
  ["an empty table", { name: "a", fields: { id: "uuid" }, source: { table: "" } }],
])("judges a category with %s as core does", (_, given) => {
  let takes = true;
  try {
    createDictionary([given as never]);
  } catch {
    takes = false;
  }
  expect(isCategory(given)).toBe(takes);
});

it.each([
  ["strategy", strategySchema],
  ["category", categorySchema],
])("is published as it is: run with -u where it is not (schema/%s.json)", async (name, schema) => {
  const file = new URL(`../schema/${name}.json`, import.meta.url).pathname;
  await expect(published(schema)).toMatchFileSnapshot(file);
});

/** As the formatter writes it: short lists stand on one line. */
function published(schema: object): string {
  const lines = `${JSON.stringify(schema, null, 2)}\n`;
  const list = /\[\n\s+("[^"\n]*"(?:,\n\s+"[^"\n]*")*)\n\s+\]/g;
  return lines.replace(list, (_, items: string) => `[${items.replace(/,\n\s+/g, ", ")}]`);
}
