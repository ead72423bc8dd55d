import { adaptiveSchedule } from "@syncline/core";
import type { PollRound, PollSchedule } from "@syncline/core/spi";
import { Cron } from "croner";

/** When the doors open and close, as cron expressions: `0 8 * * 1-5` and `0 18 * * 1-5`. */
export interface BusinessHours {
  readonly opens: string;
  readonly closes: string;
  /** An IANA name. */
  readonly timezone: string;
}

/**
 * Polls as `within` says while the doors are open, and sleeps until they open while they are closed: for downstreams
 * whose people want no changes at night. What is recorded meanwhile folds, so the morning starts with one delivery per key.
 */
export function businessHours(hours: BusinessHours, within: PollSchedule = adaptiveSchedule()): PollSchedule {
  const { timezone } = hours;
  const opening = new Cron(hours.opens, { paused: true, timezone });
  const closing = new Cron(hours.closes, { paused: true, timezone });
  return {
    next: (round) => {
      const opens = timeOf(opening, round);
      const isOpen = timeOf(closing, round) < opens;
      return isOpen ? within.next(round) : opens - round.now;
    },
  };
}

/**
 * Croner knows about daylight saving time. An expression without a next time comes when the
 * calendar ends.
 */
function timeOf(cron: Cron, { now }: PollRound): number {
  return cron.nextRun(new Date(now))?.getTime() ?? 8.64e15;
}
