import type { WireValue } from "../model/wire.ts";
import { exactNumber } from "./exact-number.ts";

/** JSON text as a value in which no number has lost a digit: those that a double cannot hold become strings. */
export function parseJsonText(text: string): WireValue {
  return JSON.parse(suspicious.test(text) ? text.replace(stringOrNumber, keepExact) : text) as WireValue;
}

// No number with fewer characters than this loses a digit, unless it has an exponent.
const suspicious = /[\d.]{16}|\d[eE]/;

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function keepExact(token: string): string {
  return token.startsWith(`"`) || exactNumber(token) !== undefined ? token : `"${token}"`;
}
