import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DueScan } from "./due-scan.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a due scan begins a second before what was last claimed, or before the time at which nothing was left to claim", () => {
  const scan = new DueScan();
  const full = { strategy: "full", count: 2, strict: false };
  const short = { strategy: "short", count: 2, strict: false };
  expect(scan.begin([full, short])).toEqual({ isFull: true, starts: [0, 0] });
  scan.end(true, 50);
  scan.saw(full, { now: 90_000, first: undefined, claimed: 2, lastClaimed: 70_000 });
  scan.saw(short, { now: 90_000, first: undefined, claimed: 1, lastClaimed: 70_000 });
  const other = { strategy: "other", count: 2, strict: false };
  expect(scan.begin([short, other, full])).toEqual({ isFull: false, starts: [89_000, 0, 69_000] });
  vi.advanceTimersByTime(1_000);
  expect(scan.begin([full])).toEqual({ isFull: true, starts: [0] });
});

test("a strict strategy's scan never begins behind its first delivery, which may be blocked", () => {
  const scan = new DueScan();
  const strict = { strategy: "strict", count: 2, strict: true };
  scan.end(true, 50);
  scan.saw(strict, { now: 90_000, first: 40_000, claimed: 0, lastClaimed: 90_000 });
  expect(scan.begin([strict]).starts).toEqual([39_000]);
  scan.saw(strict, { now: 90_000, first: undefined, claimed: 0, lastClaimed: 90_000 });
  expect(scan.begin([strict]).starts).toEqual([89_000]);
});
