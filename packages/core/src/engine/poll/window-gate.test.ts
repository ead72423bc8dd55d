import { expect, it } from "vitest";
import type { DeliveryWindow } from "../../model/delivery-window.ts";
import { isSynclineError } from "../../model/errors.ts";
import { EventHub } from "../events.ts";
import { adaptiveSchedule, cronSchedule } from "./poll-schedule.ts";
import { windowGate } from "./window-gate.ts";
import { WindowWatch } from "./window-watch.ts";

const nights = { opens: "0 22 * * 1-5", closes: "0 6 * * *", timezone: "Europe/Berlin" };
const open = "open";

function opensAt(window: DeliveryWindow, at: string): string {
  const opens = windowGate(window, "window", () => Date.parse(at)).opensAt;
  if (opens === undefined) return open;
  return opens === Number.POSITIVE_INFINITY ? "never" : new Date(opens).toISOString().slice(0, 16);
}

it.each<[what: string, window: DeliveryWindow, at: string, expected: string]>([
  ["the moment it opens", nights, "2026-06-01T22:00:00+02:00", open],
  ["over midnight", nights, "2026-06-02T05:59:59.999+02:00", open],
  ["the moment it closes", nights, "2026-06-02T06:00:00+02:00", "2026-06-02T20:00"],
  ["just before it opens", nights, "2026-06-01T21:59:59.999+02:00", "2026-06-01T20:00"],
  ["from Friday night to Saturday", nights, "2026-06-06T05:00:00+02:00", open],
  ["on a Saturday, though it closes on Sunday, too", nights, "2026-06-06T12:00:00+02:00", "2026-06-08T20:00"],
  ["past a clock that is set forward", nights, "2026-03-29T12:00:00+02:00", "2026-03-30T20:00"],
  ["by the clock on the wall when it is set back", { ...nights, opens: "0 22 * * *" }, "2026-10-25T05:30+01:00", open],
  [
    "open from a time that a clock skips",
    { opens: "30 2 * * *", closes: "0 5 * * *", timezone: "Europe/Berlin" },
    "2026-03-29T03:00:00+02:00",
    open,
  ],
  [
    "closed for good at the first of two times",
    { opens: "0 22 * * *", closes: "30 2 * * *", timezone: "Europe/Berlin" },
    "2026-10-25T02:15:00+01:00",
    "2026-10-25T21:00",
  ],
  ["monthly", { opens: "0 0 1 * *", closes: "0 0 2 * *", timezone: "UTC" }, "2026-03-02T00:00Z", "2026-04-01T00:00"],
  [
    "open for most of a month",
    { opens: "0 0 1 * *", closes: "0 0 28 * *", timezone: "UTC" },
    "2026-03-27T23:59Z",
    open,
  ],
  [
    "open for most of a year",
    { opens: "0 0 1 1 *", closes: "0 0 31 12 *", timezone: "UTC" },
    "2026-12-30T23:59Z",
    open,
  ],
  [
    "on 29 February, four years on",
    { opens: "0 0 29 2 *", closes: "0 0 1 3 *", timezone: "UTC" },
    "2026-03-01T00:00Z",
    "2028-02-29T00:00",
  ],
  ["open since 29 February", { opens: "0 0 29 2 *", closes: "0 0 28 2 *", timezone: "UTC" }, "2028-12-01T00:00Z", open],
])("A window is %s", (_, window, at, expected) => {
  expect(opensAt(window, at)).toBe(expected);
});

it("says so again after each change, and when the clock is set back", () => {
  let now = Date.parse("2026-06-01T21:00:00+02:00");
  const gate = windowGate(nights, "window", () => now);
  const isOpen = () => gate.opensAt === undefined;
  expect(isOpen()).toBe(false);
  now += 3_600_000;
  expect(isOpen()).toBe(true);
  now += 8 * 3_600_000;
  expect(isOpen()).toBe(false);
  now -= 3_600_000;
  expect(isOpen()).toBe(true);
});

it.each<[window: unknown, at: string]>([
  [{ opens: "0 22 * * *", closes: "0 6 * * *", timezone: "Europe/Berln" }, "schedule.window.timezone"],
  [{ opens: "0 25 * * *", closes: "0 6 * * *" }, "schedule.window.opens"],
  [{ opens: "0 22 * * *", closes: "0 6 30 2 *" }, "schedule.window.closes"],
  [{ opens: "0 22 * * *", closes: "0 22 * * *" }, "schedule.window.closes"],
  [{ opens: "0 22 * * *" }, "schedule.window.closes"],
  [{ opens: "0 22 * * *", closes: "0 6 * * *", zone: "UTC" }, "schedule.window.zone"],
  ["0 22 * * *", "schedule.window"],
])("refuses %j when the schedule is made, at %s", (window, at) => {
  for (const make of [
    () => adaptiveSchedule({ window: window as DeliveryWindow }),
    () => cronSchedule("* * * * *", "UTC", { window: window as DeliveryWindow }),
  ]) {
    try {
      make();
      expect.unreachable();
    } catch (error) {
      expect(isSynclineError(error) && [error.code, error.problems[0]?.at]).toEqual(["config.invalid", at]);
    }
  }
});

it("tells once when windows close and open, also of lanes that begin outside of theirs", () => {
  const events = new EventHub(() => {});
  const told: unknown[] = [];
  events.on("windowClosed", (event) => told.push(event));
  events.on("windowOpened", (event) => told.push(event));
  const watch = new WindowWatch(events);
  const lane = (name: string, opensAt?: number) => ({ strategy: { name }, opensAt });
  expect(watch.look([lane("a"), lane("b")])).toBe(Number.POSITIVE_INFINITY);
  for (const _ of [1, 2]) expect(watch.look([lane("a", 60_000), lane("b", 60_000), lane("c")])).toBe(60_000);
  expect(watch.look([lane("a"), lane("c")])).toBe(Number.POSITIVE_INFINITY);
  expect(told).toEqual([{ strategies: ["a", "b"], opensAt: "1970-01-01T00:01:00.000Z" }, { strategies: ["a"] }]);
});
