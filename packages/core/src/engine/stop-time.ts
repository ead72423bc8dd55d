import { setMaxListeners } from "node:events";

/** A timer that is set for longer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The time that a stop has, one for all that it does: until `deadline` what is under way may end by
 * itself; what has not ended by then is ended, and put away in the little time after it.
 */
export class StopTime {
  readonly #deadline = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #at = Number.POSITIVE_INFINITY;

  constructor() {
    setMaxListeners(0, this.#deadline.signal);
  }

  get deadline(): AbortSignal {
    return this.#deadline.signal;
  }

  /** From now on. Of several, the earliest holds: who is in a hurry now may have been patient before. */
  within(timeoutMs: number): void {
    // Not a number: no limit that anybody could mean.
    const limitMs = Math.min(longestTimerMs, Math.max(0, Number.isNaN(timeoutMs) ? 0 : timeoutMs));
    const at = performance.now() + limitMs;
    if (at >= this.#at) return;
    this.#at = at;
    if (limitMs === 0) this.#deadline.abort(new Error("stopped"));
    else this.#fireIn(limitMs, this.#deadline);
  }

  /**
   * For a step that begins now: fires so long after the deadline, and not before the step had so
   * long. Of a process that was frozen for a while, no step is skipped.
   */
  grace(ms: number): AbortSignal {
    const controller = new AbortController();
    const begin = () => this.#fireIn(ms, controller);
    if (this.deadline.aborted) begin();
    else this.deadline.addEventListener("abort", begin, { once: true });
    return controller.signal;
  }

  /** All has ended: no timer is left. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #fireIn(ms: number, controller: AbortController): void {
    this.#timers.add(setTimeout(() => controller.abort(new Error("stopped")), ms));
  }
}
