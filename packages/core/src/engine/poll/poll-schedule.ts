import { Cron } from "croner";
import type { PollRound, PollSchedule } from "../../contracts/poll-schedule.ts";
import { SynclineError } from "../../model/errors.ts";

export interface AdaptiveOptions {
  /** Between rounds that find work but leave none: a little patience makes batches. Default 10 ms. */
  readonly minMs?: number;
  /** Between rounds when nothing happens. Default 1,000 ms: three statements a second at rest. */
  readonly maxMs?: number;
}

/** At once while there is more, soon after work was found, ever slower when idle. */
export function adaptiveSchedule(options: AdaptiveOptions = {}): PollSchedule {
  const minMs = options.minMs ?? 10;
  const maxMs = options.maxMs ?? 1_000;
  if (!(minMs >= 1) || !(maxMs >= minMs)) {
    throw new SynclineError("config.invalid", "The adaptive schedule needs 1 ≤ minMs ≤ maxMs.", {
      problems: [{ at: "schedule", message: `minMs is ${minMs}, maxMs is ${maxMs}` }],
    });
  }
  return {
    next: ({ found, more, idleRounds }) => {
      if (more) return 0;
      if (found) return minMs;
      return Math.min(maxMs, minMs * 2 ** Math.min(idleRounds, 20));
    },
  };
}

/**
 * Polls at the times of a cron expression, each time until nothing is left; for systems whose downstreams want their
 * data at night. A wake-up still polls at once.
 *
 * @param timezone an IANA name; default: the process's.
 */
export function cronSchedule(expression: string, timezone?: string): PollSchedule {
  let cron: Cron;
  try {
    cron = new Cron(expression, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
  } catch (cause) {
    throw new SynclineError("config.invalid", `The cron expression "${expression}" cannot be read.`, {
      cause,
      problems: [{ at: "schedule", message: cause instanceof Error ? cause.message : String(cause) }],
    });
  }
  return {
    next: ({ found, more, now }: PollRound) => {
      if (more || found) return 0;
      const next = cron.nextRun(new Date(now));
      // setTimeout holds at most 2³¹−1 ms; a day is early enough to look again.
      return next === null ? 86_400_000 : Math.min(86_400_000, Math.max(1, next.getTime() - now));
    },
  };
}
