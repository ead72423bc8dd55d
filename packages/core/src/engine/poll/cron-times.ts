import { Cron } from "croner";
import type { Problem } from "../../model/problem.ts";
import { suggestion } from "../../transport-kit/suggestion.ts";
import { type WallClock, wallClock } from "./wall-clock.ts";

/** The times of a cron expression in a time zone, across its clock changes. */
export interface CronTimes {
  /** The first after this instant, epoch milliseconds; `undefined`: never again. */
  after(instant: number): number | undefined;
}

export type CronReading = { readonly times: CronTimes } | { readonly problem: Problem };

const hourMs = 3_600_000;

/**
 * Everything that can be wrong with them is found here. The place of a problem is `expression` or
 * `timezone`.
 */
export function readCron(expression: string, timezone: string | undefined): CronReading {
  const clock = clockOf(timezone);
  if (clock === undefined) return { problem: { at: "timezone", message: noSuchZone(timezone) } };
  let cron: Cron;
  try {
    // In UTC, without a zone of its own: a wall clock's times. Croner passes over what a clock
    // shows twice.
    cron = new Cron(expression, { paused: true, utcOffset: 0 });
  } catch (cause) {
    return { problem: { at: "expression", message: cause instanceof Error ? cause.message : String(cause) } };
  }
  const times = cronTimes((wall) => next(cron, wall), clock);
  if (times.after(Date.now()) === undefined)
    return { problem: { at: "expression", message: "Its time never comes, or has passed." } };
  return { times };
}

function clockOf(timezone: unknown): WallClock | undefined {
  if (timezone !== undefined && typeof timezone !== "string") return undefined;
  try {
    return wallClock(timezone);
  } catch {
    return undefined;
  }
}

function noSuchZone(timezone: unknown): string {
  if (typeof timezone !== "string") return "It must be the IANA name of a time zone, such as Europe/Berlin.";
  return `There is no time zone "${timezone}"${suggestion(timezone, Intl.supportedValuesOf("timeZone"))}.`;
}

/** Of a date that never comes croner may look for so long that the stack ends. */
function next(cron: Cron, wall: number): number | undefined {
  try {
    return cron.nextRun(new Date(wall))?.getTime();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * What a clock change skips comes at the change. What it repeats comes twice if the expression has
 * other times within an hour, such as `0 * * * *`, and otherwise once, at the first.
 */
function cronTimes(nextWall: (wall: number) => number | undefined, clock: WallClock): CronTimes {
  function isDense(wall: number): boolean {
    const before = nextWall(wall - hourMs - 1);
    const after = nextWall(wall);
    return (before !== undefined && before < wall) || (after !== undefined && after <= wall + hourMs);
  }

  /** When the clock shows this after `instant`. */
  function comes(wall: number, instant: number): number | undefined {
    const { at, changesAt } = clock.instants(wall);
    const [first, second] = at;
    if (first === undefined) return changesAt;
    if (first > instant) return first;
    return second !== undefined && second > instant && isDense(wall) ? second : undefined;
  }

  function firstOf(from: number, to: number, instant: number): number | undefined {
    for (let wall = nextWall(from); wall !== undefined && wall <= to; wall = nextWall(wall)) {
      const found = comes(wall, instant);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    after(instant) {
      const now = clock.at(instant);
      const ahead = firstOf(now, Number.POSITIVE_INFINITY, instant);
      const { at, changesAt = 0 } = clock.instants(now);
      if (!at.some((again) => again > instant)) return ahead;
      // The clock will be set back, and show once more what it has shown since then.
      const again = firstOf(clock.at(changesAt) - 1, now, instant);
      return again !== undefined && (ahead === undefined || again < ahead) ? again : ahead;
    },
  };
}
