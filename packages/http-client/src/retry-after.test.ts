import { expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

it.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["1.5", 1500],
  ["-5", 0],
  ["Sun, 01 Mar 2026 12:01:00 GMT", 60_000],
  ["Sunday, 01-Mar-26 12:01:00 GMT", 60_000],
  ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
  ["soon", undefined],
  ["7 apples", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After %j is %j ms", (value, expected) => {
  expect(parseRetryAfter(value, now)).toBe(expected);
});
