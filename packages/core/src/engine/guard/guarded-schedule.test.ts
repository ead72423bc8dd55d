import { expect, it } from "vitest";
import type { PollSchedule } from "../../contracts/poll-schedule.ts";
import { EventHub } from "../events.ts";
import { boundedDelay } from "./bounded-delay.ts";
import { Faults } from "./faults.ts";
import { guardSchedule } from "./guarded-schedule.ts";

const idle = { found: false, more: false, idleRounds: 3, now: 0 };

it.each<[what: string, next: () => unknown]>([
  ["NaN", () => Number.NaN],
  ["Infinity", () => Number.POSITIVE_INFINITY],
  ["a negative number", () => -1],
  ["undefined", () => undefined],
  ["a text", () => "1000"],
  ["a BigInt", () => 1_000n],
  ["a promise", async () => 1_000],
  ["a promise that rejects", () => Promise.reject(new Error("x"))],
  [
    "an error",
    () => {
      throw new Error("x");
    },
  ],
])("A schedule that gives %s is a fault, and polls are as adaptive as by default", async (_, next) => {
  const events = new EventHub(() => {});
  const told: string[] = [];
  events.on("fault", ({ part, code }) => told.push(`${part} ${code}`));
  events.on("faultCleared", ({ part }) => told.push(`${part} works`));
  let given = next;
  const schedule = guardSchedule({ next: () => given() } as PollSchedule, new Faults(events));
  expect([schedule.next(idle), schedule.next({ ...idle, more: true })]).toEqual([80, 0]);
  expect(told).toEqual(["schedule fault.next"]);
  given = () => 2 ** 31;
  expect(schedule.next(idle)).toBe(2 ** 31);
  expect(told.at(-1)).toBe("schedule works");
});

it.each([
  [Number.NaN, 2 ** 31 - 1],
  [Number.POSITIVE_INFINITY, 2 ** 31 - 1],
  [2 ** 40, 2 ** 31 - 1],
  [Number.NEGATIVE_INFINITY, 0],
  [-1, 0],
  [17, 17],
])("A timer that is to be set for %s ms is set for %s", (ms, set) => {
  expect(boundedDelay(ms)).toBe(set);
});
