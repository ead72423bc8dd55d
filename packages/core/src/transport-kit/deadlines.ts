import { Bag, type Placed } from "../model/bag.ts";

/** What has a deadline. `dueAt` belongs to `Deadlines`. */
export interface Due extends Placed {
  /** On the monotonic clock of `performance.now()`. */
  dueAt: number;
  /** May put itself again. Must not throw. */
  onDue(): void;
}

/**
 * One timer for many deadlines of about the same length: most calls end long before theirs, so that
 * the timer is set once per length and not once per call, where to set and clear it takes 0.3 µs.
 * Nothing is due early; late by as much as timers are.
 */
export class Deadlines {
  readonly #waiting = new Bag<Due>();
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#waiting.size;
  }

  /** In place of the deadline it had, if it had one. */
  put(due: Due, dueAt: number): void {
    due.dueAt = dueAt;
    this.#waiting.add(due);
    if (dueAt < this.#wakesAt) this.#wakeAt(dueAt, dueAt - performance.now());
    else if (this.#waiting.size === 1) this.#timer?.ref();
  }

  /** The timer stays for the next one, but keeps no process alive. */
  drop(due: Due): void {
    if (this.#waiting.delete(due) && this.#waiting.size === 0) this.#timer?.unref();
  }

  #wakeAt(at: number, inMs: number): void {
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(this.#sweep, Math.min(Math.max(1, Math.ceil(inMs)), longestTimerMs));
  }

  readonly #sweep = (): void => {
    this.#timer = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const due of this.#waiting.items()) {
      if (due.dueAt > now) next = Math.min(next, due.dueAt);
      else if (this.#waiting.delete(due)) due.onDue();
    }
    if (next < this.#wakesAt) this.#wakeAt(next, next - now);
  };
}

/** Node takes more for 1 ms. */
const longestTimerMs = 2 ** 31 - 1;
