import { expect, it } from "vitest";
import { compareVersions } from "./compare-versions.ts";

it.each([
  ["9", "10", -1],
  ['"10"', "10", 0],
  ['W/"11"', "10", 1],
  ["90071992547409931", "90071992547409930", 1],
  ["-1", "0", -1],
  ["007", "7", 0],
  ["abc", '"abc"', 0],
  ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", 0],
  ["2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000002Z", -1],
  ["2026-01-01 00:00:00.5Z", "2026-01-01T00:00:00.500Z", 0],
  // Nothing is guessed.
  ["abc", "abd", undefined],
  ["5", "abc", undefined],
  ["5", "2026-01-01T00:00:00Z", undefined],
  ["2026-01-01T00:00:00", "2026-01-01T00:00:01", undefined],
  ["2026-99-01T00:00:00Z", "2026-01-01T00:00:01Z", undefined],
  ["", "5", undefined],
  ['""', '""', undefined],
  ["1.5", "1.50", undefined],
])("%s beside %s: %s", (left, right, order) => {
  expect(compareVersions(left, right)).toBe(order);
});
