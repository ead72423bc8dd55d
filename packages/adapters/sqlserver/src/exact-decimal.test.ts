import fc from "fast-check";
import { expect, test } from "vitest";
import { exactDecimal } from "./exact-decimal.ts";

/** As the driver reads a decimal: its digits as a double, divided by a power of ten. */
function asTheDriverReads(digits: bigint, scale: number): number {
  return Number(digits) / 10 ** scale;
}

function decimalText(digits: bigint, scale: number): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  return `${digits < 0n ? "-" : ""}${whole}${scale === 0 ? "" : `.${text.slice(-scale)}`}`;
}

test("a decimal is given back digit by digit, or it is said that it cannot be", () => {
  const digits = fc.oneof(
    fc.bigInt(-(10n ** 38n), 10n ** 38n),
    fc.bigInt(-(2n ** 53n), 2n ** 53n),
    fc.bigInt(-1000n, 1000n),
  );
  fc.assert(
    fc.property(digits, fc.integer({ min: 0, max: 38 }), (value, scale) => {
      const read = exactDecimal(asTheDriverReads(value, scale), scale);
      if (read !== undefined) expect(read).toBe(decimalText(value, scale));
    }),
    { numRuns: 5_000 },
  );
});

test("what business has is always given back", () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.integer({ min: 0, max: 10 }), (value, scale) => {
      expect(exactDecimal(asTheDriverReads(value, scale), scale)).toBe(decimalText(value, scale));
    }),
  );
});
