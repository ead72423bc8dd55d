import { describe, expect, test } from "vitest";
import { businessHours } from "./business-hours.ts";

const minute = 60_000;
const hour = 60 * minute;
const hours = { opens: "0 8 * * 1-5", closes: "0 18 * * 1-5", timezone: "Europe/Berlin" };
const schedule = businessHours(hours, { next: () => 7 });
const sleepAt = (time: string) =>
  schedule.next({ found: true, more: true, idleRounds: 0, now: Date.parse(`${time}+02:00`) });

describe("a worker with business hours", () => {
  test.each([
    ["Monday at noon", "2026-06-01T12:00:00"],
    ["the moment the doors open", "2026-06-01T08:00:00"],
    ["just before they close", "2026-06-01T17:59:59"],
  ])("polls as the schedule within says: %s", (_, time) => {
    expect(sleepAt(time)).toBe(7);
  });

  test.each([
    ["in the early morning", "2026-06-01T07:45:00", 15 * minute],
    ["the moment they close", "2026-06-01T18:00:00", 14 * hour],
    ["over the week-end", "2026-06-05T20:00:00", 60 * hour],
    // Clocks go back on 25 October 2026: the night is an hour longer. It is 20:00 in Berlin, before the change.
    ["through the night in which the clocks go back", "2026-10-23T20:00:00", 61 * hour],
  ])("sleeps until the doors open, whatever there is to do: %s", (_, time, expected) => {
    expect(sleepAt(time)).toBe(expected);
  });

  test("sleeps for as long as it takes", () => {
    const yearly = businessHours({ ...hours, opens: "0 8 1 1 *", closes: "0 9 1 1 *" });
    const now = Date.parse("2026-02-01");
    expect(yearly.next({ found: false, more: false, idleRounds: 1, now })).toBe(Date.parse("2027-01-01T07:00Z") - now);
  });
});
