import type { Failure, FailureKind } from "../../model/outcome.ts";

/** `closed` lets everything through, `half-open` one probe at a time, `open` nothing. */
export type CircuitState = "closed" | "half-open" | "open";

/**
 * `again`: a probe failed. `first`: it was closed, or its probes did not fail in this kind before,
 * which asks for something else.
 */
export type Opening = "first" | "again" | "open already";

/** What keeps the circuit of a lane or a downstream open. */
export interface Trouble {
  readonly failure: Failure;
  readonly since: number;
}

/**
 * Stops a lane or a downstream for a time, then lets single probes through until one succeeds. The
 * breaker, a throttled lane, a suspended strategy and a suspended downstream are all this; they
 * differ in how long they stay open.
 */
export class CircuitBreaker {
  #failure: Failure | undefined;
  #openUntil = 0;
  #times = 0;
  #since: number | undefined;
  /** Of the failures that opened it since something last passed. */
  readonly #kinds = new Set<FailureKind>();

  /** How often it opened since something last passed. */
  get times(): number {
    return this.#times;
  }

  /** Why it is not closed. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Why it is not closed, and since when, in epoch milliseconds; `undefined` if it is closed. */
  get trouble(): Trouble | undefined {
    if (this.#failure === undefined || this.#since === undefined) return undefined;
    return { failure: this.#failure, since: this.#since };
  }

  state(now: number): CircuitState {
    if (this.#failure === undefined) return "closed";
    return now < this.#openUntil ? "open" : "half-open";
  }

  /** Milliseconds until a probe may pass; 0 if one may. */
  waitMs(now: number): number {
    return this.#failure === undefined ? 0 : Math.max(0, this.#openUntil - now);
  }

  open(failure: Failure, forMs: number, now: number): Opening {
    // Calls that were in flight when it opened fail as well: they are the same event, not a further one.
    const wasOpen = this.state(now) === "open";
    this.#failure = failure;
    this.#since ??= Date.now();
    this.#openUntil = Math.max(this.#openUntil, now + forMs);
    if (wasOpen) return "open already";
    this.#times += 1;
    const isKnown = this.#kinds.has(failure.kind);
    this.#kinds.add(failure.kind);
    return isKnown ? "again" : "first";
  }

  /** Something passed. Returns whether it had not been closed. */
  close(): boolean {
    const wasOpen = this.#failure !== undefined;
    this.#failure = undefined;
    this.#since = undefined;
    this.#kinds.clear();
    this.#openUntil = 0;
    this.#times = 0;
    return wasOpen;
  }
}
