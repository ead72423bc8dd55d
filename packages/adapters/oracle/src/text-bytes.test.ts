import fc from "fast-check";
import { expect, test } from "vitest";
import { withinBytes } from "./text-bytes.ts";

test("a text that fits stays as it is", () => {
  expect(withinBytes("größe 🚲", 11)).toBe("größe 🚲".slice(0, 6));
  expect(withinBytes("x".repeat(4_000))).toBe("x".repeat(4_000));
});

test("what is cut is the text's beginning, within the bytes, and no half of a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.integer({ min: 0, max: 60 }), (text, most) => {
      const cut = withinBytes(text, most);
      expect(text.startsWith(cut)).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
      expect(cut.isWellFormed()).toBe(true);
      const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
      if (cut !== text) expect(Buffer.byteLength(cut) + Buffer.byteLength(next)).toBeGreaterThan(most);
    }),
  );
});
