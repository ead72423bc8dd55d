import { expect, test } from "vitest";
import { isAskedForEquality } from "./compared-place.ts";

test.each([
  ["made = $1", true],
  ["$1 = made", true],
  ["made = ($1)", true],
  ["made IN ($1)", true],
  ["made IS NOT DISTINCT FROM $1", true],
  ["made >= $1", false],
  ["$1 <= made", false],
  ["made <> $1", false],
  ["made != $1", false],
  ["made BETWEEN $1 AND $2", false],
  ["made = $1::timestamp", false],
  ["made = CAST($1 AS timestamp)", false],
  ["made = date_trunc('day', $1)", false],
  ["made = $1 + interval '1 hour'", false],
  ["made = $12", false],
])("%s: %s", (text, expected) => {
  expect(isAskedForEquality(text, 1)).toBe(expected);
});
