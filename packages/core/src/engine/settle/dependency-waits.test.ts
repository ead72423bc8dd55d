import { testClaim } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import { DependencyWaits } from "./dependency-waits.ts";

const minuteMs = 60_000;

function waits(limitMs = 60 * minuteMs) {
  const clock = { now: 0 };
  const retry = { maxAttempts: 12, initialMs: 1_000, maxMs: 5 * minuteMs };
  const made = new DependencyWaits({ retry, limitMs, now: () => clock.now, random: () => 0.5 });
  return { made, clock };
}

const claimOf = (id: number, ageMs = 0) => testClaim({ id: String(id), firstRecordedAt: Date.now() - ageMs });

it("waits as long again as it has waited, up to the longest back-off, and no longer than its limit in all", () => {
  const { made, clock } = waits();
  const delays: number[] = [];
  for (let next = made.nextMs(claimOf(1)); next !== undefined; next = made.nextMs(claimOf(1))) {
    delays.push(next);
    clock.now += next;
  }
  expect(delays.slice(0, 5)).toEqual([1_000, 1_000, 2_000, 4_000, 8_000]);
  expect(Math.max(...delays)).toBe(5 * minuteMs);
  expect(clock.now).toBe(60 * minuteMs);
  expect(delays.length).toBeLessThan(25);
  expect(made.nextMs(claimOf(1))).toBeUndefined();
});

it("has not waited yet, however old its change is", () => {
  const { made } = waits();
  expect(made.nextMs(claimOf(1, 24 * 60 * minuteMs))).toBe(1_000);
});

it("begins anew after an end", () => {
  const { made, clock } = waits();
  made.nextMs(claimOf(1));
  clock.now += 60 * minuteMs;
  expect(made.nextMs(claimOf(1))).toBeUndefined();
  made.forget(claimOf(1));
  expect(made.nextMs(claimOf(1))).toBe(1_000);
});

it("remembers 10,000 and goes by their age for the others, so that none of a million waits for ever", () => {
  const { made, clock } = waits();
  for (let id = 1; id <= 10_000; id += 1) made.nextMs(claimOf(id));
  expect(made.nextMs(claimOf(10_001, 2 * minuteMs))).toBeCloseTo(2 * minuteMs, -2);
  expect(made.nextMs(claimOf(10_002, 61 * minuteMs))).toBeUndefined();
  expect(made.size).toBe(10_000);
  // What others have brought to an end makes room.
  clock.now += 121 * minuteMs;
  expect(made.nextMs(claimOf(10_003, 61 * minuteMs))).toBe(1_000);
  expect(made.size).toBe(10_000);
});
