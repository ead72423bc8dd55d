import type { PollRound, PollSchedule } from "../../contracts/poll-schedule.ts";
import type { DeliveryWindow } from "../../model/delivery-window.ts";
import { SynclineError } from "../../model/errors.ts";
import { readCron } from "./cron-times.ts";
import { windowGate } from "./window-gate.ts";

export interface AdaptiveOptions {
  /** Between rounds that find work but leave none: a little patience makes batches. Default 10 ms. */
  readonly minMs?: number;
  /** Between rounds when nothing happens. Default 1,000 ms: three statements a second at rest. */
  readonly maxMs?: number;
  /** Outside of it nothing is claimed. Default: none, so that it always is. */
  readonly window?: DeliveryWindow;
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
    ...checkedWindow(options.window),
    next: ({ found, more, idleRounds }) => {
      if (more) return 0;
      if (found) return minMs;
      return Math.min(maxMs, minMs * 2 ** Math.min(idleRounds, 20));
    },
  };
}

/**
 * Polls at the times of a cron expression, each time until nothing is left; for systems whose
 * downstreams want their data at night. A worker polls once when it starts, and a wake-up still
 * polls at once: what must not be delivered at other times wants a `window`.
 *
 * A time that a clock change skips comes at the change. One that it repeats comes twice if the
 * expression has others within an hour (`0 * * * *`), and otherwise once.
 *
 * @param timezone an IANA name; default: the process's.
 * @param options.window a gate beside the times: outside of it nothing is claimed.
 */
export function cronSchedule(
  expression: string,
  timezone?: string,
  { window }: { readonly window?: DeliveryWindow } = {},
): PollSchedule {
  const reading = readCron(expression, timezone);
  if ("problem" in reading) {
    const { at, message } = reading.problem;
    const what = at === "timezone" ? "time zone" : "cron expression";
    throw new SynclineError("config.invalid", `The ${what} of the schedule "${expression}" is not usable.`, {
      problems: [{ at: "schedule", message }],
    });
  }
  const { times } = reading;
  return {
    ...checkedWindow(window),
    next: ({ found, more, now, began = now }: PollRound) => {
      if (more || found) return 0;
      // A time that has come since the round began was not polled at.
      const next = times.after(began);
      return next === undefined ? neverMs : Math.max(next > now ? 1 : 0, next - now);
    },
  };
}

function checkedWindow(window: DeliveryWindow | undefined): Pick<PollSchedule, "window"> {
  if (window === undefined) return {};
  windowGate(window, "schedule.window");
  return { window };
}

/** A date that has passed does not come again. */
const neverMs = Number.MAX_SAFE_INTEGER;
