import type { Failure } from "../../model/outcome.ts";
import type { PipelineEvents } from "../events.ts";
import { policyOf } from "../failure-policy.ts";
import type { Tuning } from "../tuning.ts";
import { growing } from "./back-off.ts";
import { CircuitBreaker, type CircuitState, type Trouble } from "./circuit-breaker.ts";
import type { Downstream } from "./downstream.ts";

export interface LaneBreakerParts {
  readonly strategy: string;
  readonly downstream: Downstream;
  readonly tuning: Tuning;
  readonly now: () => number;
  readonly random: () => number;
  readonly tell: <Event extends BreakerEvent>(event: Event, payload: PipelineEvents[Event]) => void;
}

type BreakerEvent = "circuitOpened" | "circuitClosed" | "downstreamSuspended" | "downstreamResumed";

/** Turns what calls came to into when the lane may call again. */
export class LaneBreaker {
  readonly #parts: LaneBreakerParts;
  readonly #circuit = new CircuitBreaker();
  #unavailableInARow = 0;
  /** An outage opened it: its downstream is checked before an item is risked on it. */
  #mustCheck = false;
  #isChecking = false;
  /** Retry-After deadline: a success of an earlier call does not close the circuit before. */
  #throttledUntil = 0;

  constructor(parts: LaneBreakerParts) {
    this.#parts = parts;
  }

  get state(): CircuitState {
    const now = this.#parts.now();
    return this.#mustCheck || this.#parts.downstream.isSuspended(now) ? "open" : this.#circuit.state(now);
  }

  get trouble(): Trouble | undefined {
    return this.#circuit.trouble;
  }

  /** A check is under way: nothing else is to be waited for. */
  get isChecking(): boolean {
    return this.#isChecking;
  }

  /** Milliseconds until a probe may pass, or a check is to be made; 0 if that is now. */
  get waitMs(): number {
    const now = this.#parts.now();
    return Math.max(this.#circuit.waitMs(now), this.#parts.downstream.suspendedMs(now));
  }

  /** The downstream is being checked. Returns whether it must be. */
  beginCheck(): boolean {
    this.#isChecking = this.#mustCheck;
    return this.#mustCheck;
  }

  /** What the check found wrong; `undefined`: nothing, so that a probe may pass. */
  checked(failure: Failure | undefined): void {
    this.#isChecking = false;
    this.#mustCheck = false;
    if (failure !== undefined && policyOf(failure).keepsOpen) this.failed(failure);
  }

  /** The downstream answered and took what it was sent, or judged it. */
  passed(): void {
    const { downstream, strategy, now, tell } = this.#parts;
    this.#unavailableInARow = 0;
    this.#mustCheck = false;
    if (downstream.resume()) tell("downstreamResumed", { downstream: downstream.name });
    if (now() < this.#throttledUntil) return;
    if (this.#circuit.close()) tell("circuitClosed", { strategy });
  }

  /** Returns how long an item waits that goes back unmarked because of this failure, in milliseconds. */
  failed(failure: Failure): number {
    const { tuning, random } = this.#parts;
    const { lane, downstream } = policyOf(failure);
    if (downstream === "suspend") this.#suspend(failure);
    switch (lane) {
      case "close":
        this.passed();
        return 0;
      case "count":
        return this.#unavailable(failure);
      case "throttle": {
        const forMs = this.#throttleMs(failure);
        this.#throttledUntil = Math.max(this.#throttledUntil, this.#parts.now() + forMs);
        return this.#open(failure, forMs);
      }
      case "suspend":
        this.#open(failure, tuning.misconfiguredProbeMs);
        return 0;
      case "doubt":
        if (this.#circuit.failure !== undefined)
          this.#open(failure, growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, 0, random));
        return 0;
      case "nothing":
        return 0;
    }
  }

  #unavailable(failure: Failure): number {
    const { tuning, random, downstream } = this.#parts;
    this.#unavailableInARow += 1;
    const isClosed = this.#circuit.failure === undefined;
    if (isClosed && this.#unavailableInARow < tuning.breakerFailures) {
      const forMs = growing(tuning.breakerOpenMs / 4, tuning.breakerMaxOpenMs, this.#unavailableInARow - 1, random);
      return Math.max(forMs, this.#retryAfterMs(failure));
    }
    const forMs = growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, this.#circuit.times, random);
    this.#mustCheck = downstream.canBeChecked;
    return this.#open(failure, Math.max(forMs, this.#retryAfterMs(failure)));
  }

  #throttleMs(failure: Failure): number {
    const { tuning, random } = this.#parts;
    if (failure.retryAfterMs === undefined) {
      return growing(tuning.throttleMs, tuning.misconfiguredProbeMs, this.#circuit.times, random);
    }
    // Never before the time that the downstream asked for, and not everybody at that very time.
    return Math.min(tuning.maxRetryAfterMs, Math.round(this.#retryAfterMs(failure) * (1 + random() / 10)));
  }

  #retryAfterMs(failure: Failure): number {
    return Math.min(failure.retryAfterMs ?? 0, this.#parts.tuning.maxRetryAfterMs);
  }

  #suspend(failure: Failure): void {
    const { downstream, tuning, now, tell } = this.#parts;
    const forMs = tuning.unauthorizedProbeMs;
    if (downstream.suspend(failure, forMs, now()))
      tell("downstreamSuspended", { downstream: downstream.name, failure, forMs });
  }

  #open(failure: Failure, forMs: number): number {
    const { strategy, now, tell } = this.#parts;
    const at = now();
    if (this.#circuit.state(at) !== "open") tell("circuitOpened", { strategy, failure, forMs });
    this.#circuit.open(failure, forMs, at);
    return this.#circuit.waitMs(at);
  }
}
