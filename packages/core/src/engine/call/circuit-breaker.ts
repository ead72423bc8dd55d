import type { Failure } from "../../model/outcome.ts";

/** What a gate lets through: everything, one probe at a time, nothing. */
export type Passage = "all" | "one" | "none";

/**
 * Stops a lane or a downstream for a time, then lets single probes through until one succeeds. The breaker, a
 * throttled lane, a held strategy and a held downstream are all this; they differ in how long they stay shut.
 */
export class CircuitBreaker {
  #failure: Failure | undefined;
  #shutUntil = 0;
  #times = 0;

  /** How often it was shut since something last passed. */
  get times(): number {
    return this.#times;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  passage(now: number): Passage {
    if (this.#failure === undefined) return "all";
    return now < this.#shutUntil ? "none" : "one";
  }

  /** Milliseconds until a probe may pass; 0 if one may. */
  waitMs(now: number): number {
    return this.#failure === undefined ? 0 : Math.max(0, this.#shutUntil - now);
  }

  shut(failure: Failure, forMs: number, now: number): void {
    // Calls that were in flight when it shut fail as well: they are the same event, not a further one.
    if (this.passage(now) !== "none") this.#times += 1;
    this.#failure = failure;
    this.#shutUntil = Math.max(this.#shutUntil, now + forMs);
  }

  /** Something passed. Returns whether the gate had been shut. */
  open(): boolean {
    const wasShut = this.#failure !== undefined;
    this.#failure = undefined;
    this.#shutUntil = 0;
    this.#times = 0;
    return wasShut;
  }
}
