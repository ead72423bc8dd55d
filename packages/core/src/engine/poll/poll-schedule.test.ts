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

const next = (expression: string, timezone: string, from: string) => {
  const now = Date.parse(from);
  return new Date(now + cronSchedule(expression, timezone).next({ ...quiet, idleRounds: 3, now })).toISOString();
};

it.each([
  ["monthly", "0 3 1 * *", "UTC", "2026-03-02T12:00Z", "2026-04-01T03:00"],
  ["by a nickname", "@monthly", "Europe/Berlin", "2026-03-02T12:00Z", "2026-03-31T22:00"],
  ["over a week-end", "0 3 * * 1-5", "UTC", "2026-03-06T03:00Z", "2026-03-09T03:00"],
  ["on 29 February", "0 3 29 2 *", "UTC", "2026-03-06T03:00Z", "2028-02-29T03:00"],
  ["on the last day of a month", "0 3 L * *", "Asia/Kathmandu", "2026-02-01T12:00Z", "2026-02-27T21:15"],
  ["on the last workday of a month", "0 3 LW * *", "UTC", "2026-01-31T12:00Z", "2026-02-27T03:00"],
  ["on the workday nearest to a date", "0 3 15W * *", "UTC", "2026-02-01T12:00Z", "2026-02-16T03:00"],
  ["on a weekday of one week", "0 3 * * 1#2", "UTC", "2026-08-05T12:00Z", "2026-08-10T03:00"],
])("sleeps for as long as it takes: %s", (_, expression, timezone, from, expected) => {
  expect(next(expression, timezone, from)).toBe(`${expected}:00.000Z`);
});

it.each([
  ["hourly, in the hour that comes twice", "0 * * * *", "Europe/Berlin", "2026-10-25T00:30Z", "2026-10-25T01:00"],
  ["each quarter of an hour", "*/15 * * * *", "America/New_York", "2026-11-01T05:50Z", "2026-11-01T06:00"],
  ["in half an hour that comes twice", "*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:45Z", "2026-04-04T15:00"],
  ["hourly past half an hour more", "0 * * * *", "Australia/Lord_Howe", "2026-04-04T14:30Z", "2026-04-04T15:30"],
  ["once a day, at a time that comes twice", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T00:30"],
  ["once a day, past the first time", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30Z", "2026-10-26T01:30"],
  ["once a day, between the two", "30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", "2026-10-26T01:30"],
  ["at a time that is skipped: at the change", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T01:00"],
  ["skipped by half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T14:45Z", "2026-10-03T15:30"],
  ["at a midnight that is skipped", "0 0 * * *", "America/Santiago", "2026-09-05T12:00Z", "2026-09-06T04:00"],
  ["at a midnight that comes twice", "0 0 * * *", "America/Havana", "2026-10-31T12:00Z", "2026-11-01T04:00"],
])("knows of clock changes: %s", (_, expression, timezone, from, expected) => {
  expect(next(expression, timezone, from)).toBe(`${expected}:00.000Z`);
});

it("polls each quarter of an hour on the days of clock changes, and on no other time", () => {
  const schedule = cronSchedule("*/15 * * * *", "Europe/Berlin");
  for (const day of ["2026-03-28T22:00Z", "2026-10-24T21:00Z"]) {
    let now = Date.parse(day);
    for (let times = 0; times < 24; times += 1) {
      const delayMs = schedule.next({ ...quiet, idleRounds: 1, now });
      expect(delayMs).toBe(900_000);
      now += delayMs;
    }
  }
});

it("polls again when a cron time has come while the round was under way", () => {
  const schedule = cronSchedule("0 3 1 * *", "UTC");
  const [began, now] = [Date.parse("2026-04-01T02:59:59Z"), Date.parse("2026-04-01T03:00:20Z")];
  expect(schedule.next({ ...quiet, idleRounds: 1, began, now })).toBe(0);
});

it.each([
  ["every full moon", "UTC", /every full moon/],
  ["", "UTC", /cron expression/],
  ["61 3 * * *", "UTC", /minute: 61/],
  ["0 3 30 2 *", "UTC", /never comes/],
  ["0 3 31 2,4,6 *", "UTC", /never comes/],
  ["2020-01-01T00:00:00", "UTC", /has passed/],
  [undefined, "UTC", /cron expression/],
  ["0 3 * * *", "Europe/Berln", /did you mean "Europe\/Berlin"/],
  ["0 3 * * *", "", /no time zone ""/],
  ["0 3 * * *", 1, /IANA name/],
])("refuses %j in %j when it is made", (expression, timezone, words) => {
  try {
    cronSchedule(expression as string, timezone as string);
    expect.unreachable();
  } catch (error) {
    expect(isSynclineError(error) && error.code).toBe("config.invalid");
    expect(String(error)).toMatch(words);
  }
});
