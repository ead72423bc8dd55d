import { expect, it } from "vitest";
import { isSynclineError } from "../../model/errors.ts";
import { adaptiveSchedule, cronSchedule } from "./poll-schedule.ts";

const quiet = { found: false, more: false, now: 0 };

it("polls at once while there is more, soon after work, ever slower when idle", () => {
  const schedule = adaptiveSchedule({ minMs: 10, maxMs: 1_000 });
  expect(schedule.next({ found: true, more: true, idleRounds: 0, now: 0 })).toBe(0);
  expect(schedule.next({ found: true, more: false, idleRounds: 0, now: 0 })).toBe(10);
  expect([1, 2, 3, 20, 5_000].map((idleRounds) => schedule.next({ ...quiet, idleRounds }))).toEqual([
    20, 40, 80, 1_000, 1_000,
  ]);
});

it("refuses an interval that cannot be", () => {
  for (const options of [{ minMs: 0 }, { minMs: 100, maxMs: 50 }, { minMs: Number.NaN }]) {
    expect(() => adaptiveSchedule(options)).toThrowError(/1 ≤ minMs ≤ maxMs/);
  }
});

it("sleeps until the next time of a cron expression, in its time zone", () => {
  const schedule = cronSchedule("0 2 * * *", "Europe/Berlin");
  const now = Date.parse("2026-06-01T00:59:00+02:00");
  expect(schedule.next({ ...quiet, idleRounds: 1, now })).toBe(61 * 60_000);
});

it("goes on until nothing is left once a cron time has come", () => {
  const schedule = cronSchedule("0 2 * * *");
  expect(schedule.next({ found: true, more: false, idleRounds: 0, now: 0 })).toBe(0);
});

it("names a cron expression that cannot be read", () => {
  try {
    cronSchedule("every full moon");
    expect.unreachable();
  } catch (error) {
    expect(isSynclineError(error) && error.code).toBe("config.invalid");
    expect(String(error)).toContain("every full moon");
  }
});
