import fc from "fast-check";
import { expect, it } from "vitest";
import { isCertainlyCanonical } from "./canonical-form.ts";
import { category } from "./category.ts";
import { canonicalCondition, parseCondition } from "./condition.ts";

const wide = category("wide", { text: "string", count: "integer", big: "bigint", flag: "boolean", id: "uuid" });

const values = fc.record({
  text: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("", "\u007f", "\u2028"),
  ),
  count: fc.maxSafeInteger(),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  flag: fc.boolean(),
  id: fc.uuid(),
});

/** Spellings near the canonical one: characters left out, put in, or exchanged. */
const near = fc
  .tuple(
    values,
    fc.nat(),
    fc.constantFrom("", " ", "0", "-", "+", ".", "e", "9", '"', "\\", ",", "}", "\u0001", "\ud800", "A"),
    fc.nat(2),
  )
  .map(([value, at, piece, cut]) => {
    const made = canonicalCondition(wide, value);
    const text = made.ok
      ? made.key
      : JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));
    const place = at % text.length;
    return text.slice(0, place) + piece + text.slice(place + cut);
  });

it("takes for canonical nothing but what the long way leaves as it is", () => {
  fc.assert(
    fc.property(near, (text) => {
      if (!isCertainlyCanonical(wide, text)) return;
      const parsed = parseCondition(wide, text);
      expect(parsed.ok && parsed.key).toBe(text);
    }),
    { numRuns: 20_000 },
  );
});

it("knows what is recorded in code", () => {
  const made = canonicalCondition(wide, { text: "ü ß 1", count: -42, big: 12n, flag: true, id: crypto.randomUUID() });
  expect(made.ok && isCertainlyCanonical(wide, made.key)).toBe(true);
});

it.each([
  ['{"count":-0}', "a negative zero"],
  ['{"count":01}', "a leading zero"],
  ['{"count":1.0}', "a fraction"],
  ['{"count":9007199254740993}', "more digits than a double holds"],
  ['{"count": 1}', "a space"],
  ['{"count":1}\n', "a line break at the end"],
  ['{"count":"1"}', "a text"],
])("sends %s the long way: %s", (text) => {
  expect(isCertainlyCanonical(category("c", { count: "integer" }), text)).toBe(false);
});

it("sends what is too long the long way, where it is refused", () => {
  const text = `{"text":"${"x".repeat(400)}"}`;
  expect(isCertainlyCanonical(category("c", { text: "string" }), text)).toBe(false);
});

it("sends types whose spellings are many the long way", () => {
  expect(isCertainlyCanonical(category("c", { at: "timestamp" }), '{"at":"2026-01-02T03:04:05Z"}')).toBe(false);
});
