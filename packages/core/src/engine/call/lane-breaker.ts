import type { Failure } from "../../model/outcome.ts";
import type { PipelineEvents } from "../events.ts";
import { type Blame, type FailurePolicy, policyOf } from "../failure-policy.ts";
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
  /** An outage opened it: its downstream is checked before an item is risked on it. */
  #mustCheck = false;
  #isChecking = false;
  /** Retry-After deadline: a success of an earlier call does not close the circuit before. */
  #throttledUntil = 0;

  constructor(parts: LaneBreakerParts) {
    this.#parts = parts;
  }

  get state(): CircuitState {
    const { downstream, strategy } = this.#parts;
    const now = this.#parts.now();
    const around = downstream.state(now, strategy);
    if (this.#mustCheck || around === "open") return "open";
    const own = this.#circuit.state(now);
    return own === "closed" ? around : own;
  }

  get trouble(): Trouble | undefined {
    return this.#circuit.trouble;
  }

  /** How many items the next call may risk, if it is a probe. */
  probeSize(batch: number): number {
    const trouble = this.#circuit.failure ?? this.#parts.downstream.trouble?.failure;
    return trouble === undefined || policyOf(trouble).probe === "batch" ? batch : 1;
  }

  /** A check is under way: nothing else is to be waited for. */
  get isChecking(): boolean {
    return this.#isChecking;
  }

  /** Milliseconds until a probe may pass, or a check is to be made; 0 if that is now. */
  get waitMs(): number {
    const { downstream, strategy } = this.#parts;
    const now = this.#parts.now();
    return Math.max(this.#circuit.waitMs(now), downstream.suspendedMs(now, strategy));
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
    if (failure !== undefined && policyOf(failure).keepsOpen) this.failed(failure, policyOf(failure).reach);
  }

  /** The downstream answered and took what it was sent, or judged it. */
  passed(): void {
    const { downstream, strategy, now, tell } = this.#parts;
    this.#mustCheck = false;
    if (downstream.pass()) tell("downstreamResumed", { downstream: downstream.name });
    if (now() < this.#throttledUntil) return;
    if (this.#circuit.close()) tell("circuitClosed", { strategy });
  }

  /**
   * @param inARow how many calls have failed since a good answer.
   * @returns how long an item waits that goes back unmarked because of this failure, in milliseconds.
   */
  failed(failure: Failure, blame: Blame, inARow = 1): number {
    const policy = policyOf(failure);
    switch (policy.lane) {
      case "close":
        this.passed();
        return 0;
      case "throttle": {
        const forMs = this.#throttleMs(failure, policy);
        this.#throttledUntil = Math.max(this.#throttledUntil, this.#parts.now() + forMs);
        return this.#open(failure, forMs);
      }
      case "open":
        return this.#judged(failure, policy, blame, inARow);
      case "nothing":
        return 0;
    }
  }

  #judged(failure: Failure, policy: FailurePolicy, blame: Blame, inARow: number): number {
    const { tuning, random, downstream } = this.#parts;
    switch (blame) {
      case "item":
        return 0;
      case "first":
      case "unclear": {
        const forMs = growing(tuning.breakerOpenMs / 4, tuning.breakerMaxOpenMs, inARow - 1, random);
        return Math.max(forMs, this.#retryAfterMs(failure));
      }
      case "lane": {
        // Another failure than the one before may be the probe's own fault: the next one follows
        // soon.
        const isSame = this.#circuit.failure?.kind === failure.kind;
        const forMs = this.#growing(policy.opensMs, isSame ? this.#circuit.times : 0);
        this.#mustCheck = policy.check && downstream.canBeChecked;
        return this.#open(failure, Math.max(forMs, this.#retryAfterMs(failure)));
      }
      case "downstream":
        return this.#suspend(failure, this.#growing(policy.opensMs, downstream.timesSuspended));
    }
  }

  #growing([first, most]: FailurePolicy["opensMs"], times: number): number {
    const { tuning, random } = this.#parts;
    return growing(tuning[first], tuning[most], times, random);
  }

  /** Never before the time that the downstream asked for, and not everybody at that very time. */
  #throttleMs(failure: Failure, { opensMs }: FailurePolicy): number {
    const { tuning, random } = this.#parts;
    const asked = this.#retryAfterMs(failure);
    if (asked === 0) return this.#growing(opensMs, this.#circuit.times);
    // Who goes on asking for a moment is not believed: an answer of 50 ms is no wish for twenty
    // calls a second.
    const least = growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, this.#circuit.times, random);
    return Math.max(least, Math.min(tuning.maxRetryAfterMs, Math.round(asked * (1 + random() / 10))));
  }

  #retryAfterMs(failure: Failure): number {
    return Math.min(failure.retryAfterMs ?? 0, this.#parts.tuning.maxRetryAfterMs);
  }

  #suspend(failure: Failure, forMs: number): number {
    const { downstream, strategy, now, tell } = this.#parts;
    const at = now();
    const opening = downstream.suspend(failure, forMs, at, strategy);
    if (opening !== "open already")
      tell("downstreamSuspended", { downstream: downstream.name, failure, forMs, again: opening === "again" });
    return downstream.suspendedMs(at, strategy);
  }

  #open(failure: Failure, forMs: number): number {
    const { strategy, now, tell } = this.#parts;
    const at = now();
    const opening = this.#circuit.open(failure, forMs, at);
    if (opening !== "open already") tell("circuitOpened", { strategy, failure, forMs, again: opening === "again" });
    return this.#circuit.waitMs(at);
  }
}
