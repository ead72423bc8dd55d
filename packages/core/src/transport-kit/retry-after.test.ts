import { afterEach, describe, expect, it, vi } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
afterEach(() => vi.unstubAllEnvs());

it.each([
  ["120", 120_000],
  [" 7 ", 7_000],
  ["1.5", 1500],
  ["Sun, 01 Mar 2026 12:01:00 GMT", 60_000],
  ["Sun, 01 Mar 2026 13:01:00 +0100", 60_000],
  ["Sunday, 01-Mar-26 12:01:00 GMT", 60_000],
  ["2026-03-01T12:01:00Z", 60_000],
  ["2026-03-01T13:01:00.000+01:00", 60_000],
  [String(now / 1000 + 60), 60_000],
  [String(now + 60_000), 60_000],
])("Retry-After %j is %j ms", (value, expected) => {
  expect(parseRetryAfter({ "retry-after": value }, now)).toBe(expected);
  expect(parseRetryAfter({ "retry-after": [value] }, now)).toBe(expected);
});

it.each([
  "0",
  "0.0",
  "-5",
  "-0",
  "Sun, 01 Mar 2026 11:00:00 GMT",
  "Sun, 01 Mar 2026 12:00:00 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "0001-01-01T00:00:00Z",
  String(now / 1000 - 60),
  "soon",
  "7 apples",
  "",
  "Infinity",
  "NaN",
  "1e9",
  "9".repeat(400),
  "Sun, 99 Mar 2026 12:01:00 GMT",
  undefined,
])("Retry-After %j says nothing", (value) => {
  expect(parseRetryAfter({ "retry-after": value }, now)).toBeUndefined();
});

describe("a date", () => {
  it.each(["Sun, 01 Mar 2026 12:01:00", "Sun Mar  1 12:01:00 2026", "2026-03-01 12:01:00"])(
    "without a zone is in GMT, wherever we are: %j",
    (value) => {
      vi.stubEnv("TZ", "America/New_York");
      expect(new Date(now).getHours()).toBe(7);
      expect(parseRetryAfter({ "retry-after": value }, now)).toBe(60_000);
    },
  );

  it("is compared with the answer's own, by whose clock it was written", () => {
    const retryAfter = { "retry-after": "Sun, 01 Mar 2026 12:01:00 GMT" };
    const at = (date: string) => parseRetryAfter({ ...retryAfter, date }, now);
    expect(at("Sun, 01 Mar 2026 12:00:55 GMT")).toBe(5_000);
    expect(at("Sun, 01 Mar 2026 11:59:00 GMT")).toBe(120_000);
    expect(at("Sun, 01 Mar 2026 12:01:05 GMT")).toBeUndefined();
    expect(at("yesterday")).toBe(60_000);
    expect(at("")).toBe(60_000);
  });

  it("is compared with the answer's own where it comes as a number, too", () => {
    const date = "Sun, 01 Mar 2026 12:00:55 GMT";
    expect(parseRetryAfter({ "retry-after": String(now / 1000 + 60), date }, now)).toBe(5_000);
    expect(parseRetryAfter({ "retry-after": "60", date }, now)).toBe(60_000);
  });
});

it.each([
  ["6m0s", 360_000],
  ["500ms", 500],
  ["1.5s", 1_500],
  ["1h30m", 5_400_000],
  ["1d", 86_400_000],
  ["120, 120", 120_000],
  ["120,120,120", 120_000],
])("reads how others write it: %s", (text, ms) => {
  expect(parseRetryAfter({ "retry-after": text }, 0)).toBe(ms);
});

it.each(["0s", "m", "1x", "1m 30s", "120, 60", "1s2", `${"1s".repeat(6)}`, `${"9".repeat(40)}s`])(
  "takes for no wish what says none, or two: %s",
  (text) => {
    expect(parseRetryAfter({ "retry-after": text }, 0)).toBeUndefined();
  },
);
