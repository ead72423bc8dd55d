import { describe, expect, it } from "vitest";
import type { KeyEquality } from "../contracts/query-runner.ts";
import { category } from "./category.ts";
import { conditionOf } from "./condition.ts";
import { keyUnder, mergeEquality } from "./key-equality.ts";

const thing = category("thing", { code: "string" });

function folded(kind: KeyEquality, value: string): unknown {
  const { key } = thing.changed({ code: value });
  return conditionOf(keyUnder({ code: kind }, { condition: conditionOf(key), key })).code;
}

describe("values that a database takes for equal have one spelling:", () => {
  it.each<[KeyEquality, string, string]>([
    ["exact", "A  ", "A  "],
    ["padded", "A  ", "A"],
    ["padded", "  A B ", "  A B"],
    ["padded", "   ", ""],
    ["padded", "A\t", "A\t"],
    ["padded", "A", "A"],
    ["caseless", "aBÄ c", "abÄ c"],
    ["caseless", "\u212a", "\u212a"],
    ["zoneless", "2024-01-02 03:04:05.500", "2024-01-02T03:04:05.5"],
    ["zoneless", "2024-01-02T03:04:05.000000", "2024-01-02T03:04:05"],
    ["zoneless", "2024-01-02T03:04:05", "2024-01-02T03:04:05"],
    ["zoneless", "2024-01-02 03:04:05Z", "2024-01-02 03:04:05Z"],
    ["zoneless", "infinity", "infinity"],
    ["inet", "10.0.0.1/32", "10.0.0.1"],
    ["inet", "10.0.0.0/8", "10.0.0.0/8"],
    ["inet", "fe80::1/128", "fe80::1"],
    ["inet", "fe80::/32", "fe80::/32"],
    ["decimal", "1.50", "1.5"],
    ["decimal", "-0", "0"],
    ["decimal", "NaN", "NaN"],
    ["uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["bigint", "007", "7"],
    ["timestamp", "2024-01-02 04:04:05+01", "2024-01-02T03:04:05Z"],
    ["boolean", "t", "t"],
  ])("%s: %j as %j", (kind, value, expected) => {
    expect(folded(kind, value)).toBe(expected);
    // What is folded is folded to the end: the same key again has the same spelling.
    expect(folded(kind, expected)).toBe(expected);
  });

  it("and a key that has it already, or of which nothing is known, is left as it is", () => {
    const { key } = thing.changed({ code: "A" });
    const parsed = { key, condition: conditionOf(key) };
    expect(keyUnder({ code: "padded" }, parsed)).toBe(key);
    expect(keyUnder({ other: "caseless" }, parsed)).toBe(key);
    expect(keyUnder({}, parsed)).toBe(key);
  });

  it("and fields that are no texts are left as they are", () => {
    const part = category("part", { constructor: "string", id: "integer", on: "boolean" });
    const { key } = part.changed({ constructor: "X ", id: 7, on: true } as never);
    const equality = { id: "padded", on: "caseless" } as const;
    expect(keyUnder(equality, { key, condition: conditionOf(key) })).toBe(key);
  });
});

describe("what templates say of a category's keys", () => {
  const merged = (...known: readonly [string, { readonly [field: string]: KeyEquality }][]) =>
    Object.fromEntries(mergeEquality(known.map(([name, equality]) => ({ category: name, equality }))));

  it("is put together, field by field", () => {
    expect(merged(["order", { a: "padded" }], ["order", { b: "caseless" }], ["order", { a: "padded" }])).toEqual({
      order: { a: "padded", b: "caseless" },
    });
  });

  it("stays with its category", () => {
    expect(merged(["order", { a: "padded" }], ["customer", { a: "caseless" }])).toEqual({
      order: { a: "padded" },
      customer: { a: "caseless" },
    });
  });

  it("counts for nothing where two contradict each other, whoever agrees with one of them after", () => {
    expect(merged(["order", { a: "padded" }], ["order", { a: "caseless" }], ["order", { a: "padded" }])).toEqual({});
    expect(merged(["order", { a: "padded" }], ["order", { a: "exact" }])).toEqual({});
    expect(merged(["order", { a: "exact" }], ["order", { a: "padded", b: "caseless" }])).toEqual({
      order: { b: "caseless" },
    });
  });

  it("names no category of which nothing is to be folded: its keys are not even parsed", () => {
    expect(merged(["order", {}], ["customer", { a: "exact" }])).toEqual({});
  });
});
