import fc from "fast-check";
import { expect, test } from "vitest";
import { withinBytes } from "./text-bytes.ts";

/** In the character set UTF8, which writes each half of a pair by itself. */
const bytesOf = (text: string) =>
  Array.from(text, (each) => (each.length === 2 ? 6 : Buffer.byteLength(each))).reduce((a, b) => a + b, 0);

test("a text that fits stays as it is", () => {
  expect(withinBytes("größe 🚲", 13)).toBe("größe ");
  expect(withinBytes("größe 🚲", 14)).toBe("größe 🚲");
  expect(withinBytes("x".repeat(4_000))).toBe("x".repeat(4_000));
});

test("what is cut is the text's beginning, within the bytes, and no half of a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.integer({ min: 0, max: 60 }), (text, most) => {
      const cut = withinBytes(text, most);
      expect(text.startsWith(cut)).toBe(true);
      expect(bytesOf(cut)).toBeLessThanOrEqual(most);
      expect(cut.isWellFormed()).toBe(true);
      const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
      if (cut !== text) expect(bytesOf(cut) + bytesOf(next)).toBeGreaterThan(most);
    }),
  );
});
