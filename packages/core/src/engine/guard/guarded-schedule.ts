import type { PollSchedule } from "../../contracts/poll-schedule.ts";
import { SynclineError } from "../../model/errors.ts";
import { drop } from "../../model/thenable.ts";
import { adaptiveSchedule } from "../poll/poll-schedule.ts";
import { told } from "./answer-checks.ts";
import { isDelay } from "./bounded-delay.ts";
import type { Faults } from "./faults.ts";

const part = "schedule";

/**
 * A schedule that always answers a delay: where it does not, polls are as adaptive as they are by
 * default.
 */
export function guardSchedule(schedule: PollSchedule, faults: Faults): PollSchedule {
  const instead = adaptiveSchedule();
  const { window } = schedule;
  return {
    ...(window === undefined ? {} : { window }),
    next: (round) => {
      try {
        const delayMs: unknown = schedule.next(round);
        if (isDelay(delayMs)) {
          faults.worked(part, "next");
          return delayMs;
        }
        faults.caught(part, "next", nonsense(delayMs));
      } catch (error) {
        faults.caught(part, "next", error);
      }
      return instead.next(round);
    },
  };
}

function nonsense(delayMs: unknown): SynclineError {
  drop(delayMs);
  const message = `it answered ${told(delayMs)} instead of a number of milliseconds from 0 on`;
  return new SynclineError("contract.broken", message);
}
