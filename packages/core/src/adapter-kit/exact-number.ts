import { SynclineError } from "../model/errors.ts";
import type { WireValue } from "../model/wire.ts";

/**
 * A decimal literal as a number if no digit is lost by it, otherwise `undefined`. Integers must be safe ones: beyond
 * 2⁵³ a receiver cannot tell a number from its neighbours.
 */
export function exactNumber(literal: string): number | undefined {
  const number = Number(literal);
  if (!Number.isFinite(number)) return undefined;
  // Most literals are short: up to 15 significant digits always survive.
  if (literal.length <= 15 && !/[eE]/.test(literal)) return number;
  const [mantissa = "", exponent] = literal.toLowerCase().split("e");
  const digits = mantissa.replace(/[-+.]/g, "").replace(/^0+/, "");
  const significant = mantissa.includes(".") || exponent !== undefined ? digits.replace(/(?<!0)0+$/, "") : digits;
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return undefined;
  // Below this a double has fewer digits than it should, or none.
  if (significant !== "" && Math.abs(number) < smallestNormal) return undefined;
  if (significant.length <= 15) return number;
  return significantDigits(String(number)) === significant ? number : undefined;
}

// Zeros at the end are looked for from the first of each run alone: from every zero it takes the square of their number.
const smallestNormal = 2.2250738585072014e-308;

function significantDigits(printed: string): string {
  const [mantissa = ""] = printed.split("e");
  const digits = mantissa.replace(/[-.]/g, "").replace(/^0+/, "");
  return Number.isInteger(Number(printed)) && !printed.includes("e") ? digits : digits.replace(/(?<!0)0+$/, "");
}

/** For `QueryLimits.numbers: "number"`. Errors: `query.data` where a double would lose digits. */
export function losslessNumber(literal: string): WireValue {
  const number = exactNumber(literal);
  if (number !== undefined) return number;
  if (/^(NaN|-?Infinity)$/.test(literal)) return literal;
  const message = `A number has more digits than a JSON number holds, and the strategy says numbers: "number".`;
  throw new SynclineError("query.data", message);
}
