import type { DeliveryWindow } from "../../model/delivery-window.ts";
import { windowShape } from "../../model/delivery-window.ts";
import { SynclineError } from "../../model/errors.ts";
import { type Problem, placeIn } from "../../model/problem.ts";
import { type CronTimes, readCron } from "./cron-times.ts";

const dayMs = 86_400_000;
/** How far back its last opening is looked for: 29 February can be eight years away. */
const looksBack = [1, 8, 32, 367, 8 * 366 + 1].map((days) => days * dayMs);

interface Spell {
  readonly isOpen: boolean;
  readonly from: number;
  /** When that changes. */
  readonly until: number;
}

/** Whether a window is open. Asked on the way of every call: a spell is computed once. */
export class WindowGate {
  readonly #opens: CronTimes;
  readonly #closes: CronTimes;
  readonly #now: () => number;
  #spell: Spell = { isOpen: true, from: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

  /** @param now epoch milliseconds. */
  constructor(opens: CronTimes, closes: CronTimes, now: () => number = Date.now) {
    this.#opens = opens;
    this.#closes = closes;
    this.#now = now;
  }

  /**
   * When it opens, epoch milliseconds: `undefined` while it is open, infinity if it never will be
   * again.
   */
  get opensAt(): number | undefined {
    const now = this.#now();
    // A clock that was set back is another time, too.
    if (now < this.#spell.from || now >= this.#spell.until) this.#spell = this.#spellAt(now);
    return this.#spell.isOpen ? undefined : this.#spell.until;
  }

  #spellAt(now: number): Spell {
    const never = Number.POSITIVE_INFINITY;
    for (const back of looksBack) {
      let opened = this.#opens.after(now - back);
      while (opened !== undefined && opened <= now) {
        const closed = this.#closes.after(opened);
        if (closed === undefined || closed > now) return { isOpen: true, from: now, until: closed ?? never };
        const next = this.#opens.after(closed - 1);
        if (next === undefined || next > now) return { isOpen: false, from: now, until: next ?? never };
        opened = next;
      }
    }
    return { isOpen: false, from: now, until: this.#opens.after(now) ?? never };
  }
}

/** What cannot be a window, by place: `opens`, `closes`, `timezone`. */
export function windowProblems(window: unknown): readonly Problem[] {
  const shape = windowShape(window);
  if (shape.length > 0) return shape;
  const { opens, closes, timezone } = window as DeliveryWindow;
  if (opens === closes) return [{ at: "closes", message: "It closes when it opens." }];
  const readings = { opens: readCron(opens, timezone), closes: readCron(closes, timezone) };
  return Object.entries(readings).flatMap(([name, reading]) => {
    if (!("problem" in reading)) return [];
    const { at, message } = reading.problem;
    // A zone is told of once.
    return at === "timezone" ? (name === "opens" ? [reading.problem] : []) : [{ at: name, message }];
  });
}

/** Errors: `config.invalid` with its problems below `at`. */
export function windowGate(window: DeliveryWindow, at = "window", now?: () => number): WindowGate {
  const problems = windowProblems(window);
  const [opens, closes] =
    problems.length > 0 ? [] : [window.opens, window.closes].map((each) => readCron(each, window.timezone));
  if (opens === undefined || closes === undefined || "problem" in opens || "problem" in closes)
    throw new SynclineError("config.invalid", "The delivery window is not usable.", {
      problems: problems.map((problem) => ({ ...problem, at: placeIn(at, problem.at) })),
    });
  return new WindowGate(opens.times, closes.times, now);
}
