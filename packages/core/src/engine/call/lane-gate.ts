import type { Failure } from "../../model/outcome.ts";
import type { EventHub } from "../events.ts";
import { policyOf } from "../failure-policy.ts";
import { wordlessError } from "../guard/wordless-error.ts";
import type { Tuning } from "../tuning.ts";
import { growing } from "./back-off.ts";
import { presentable } from "./believable-outcome.ts";
import { CircuitBreaker, type Passage } from "./circuit-breaker.ts";
import type { Downstream } from "./downstream.ts";

export interface LaneGateParts {
  readonly strategy: string;
  readonly downstream: Downstream;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly now: () => number;
  readonly random: () => number;
}

const checkMs = 10_000;
/** How long a transport may take to notice its signal. */
const checkGraceMs = 1_000;

/** Turns what calls came to into when the lane may call again. */
export class LaneGate {
  readonly #parts: LaneGateParts;
  readonly #gate = new CircuitBreaker();
  #unavailableInARow = 0;
  /** An outage shut the lane: its downstream is asked whether it is back before an item is risked on it. */
  #mustAsk = false;
  #asking: AbortController | undefined;
  /** Until then the downstream wants to be left alone. */
  #askedUntil = 0;

  constructor(parts: LaneGateParts) {
    this.#parts = parts;
  }

  passage(): Passage {
    const now = this.#parts.now();
    return this.#mustAsk || this.#parts.downstream.isHeld(now) ? "none" : this.#gate.passage(now);
  }

  get isAsking(): boolean {
    return this.#asking !== undefined;
  }

  /** Where an outage shut the lane and the transport has a check: a probe may pass once the check finds nothing wrong. */
  async ask(): Promise<void> {
    if (!this.#mustAsk || this.#asking !== undefined || this.waitMs() > 0) return;
    this.#asking = new AbortController();
    const failure = await this.#check(this.#asking);
    this.#asking = undefined;
    this.#mustAsk = false;
    if (failure !== undefined && policyOf(failure).keepsOpen) this.failed(failure);
  }

  /** Ends the check under way. */
  close(): void {
    this.#asking?.abort(new Error("stopped"));
  }

  waitMs(): number {
    return this.#gate.waitMs(this.#parts.now());
  }

  /** The downstream answered and took what it was sent, or judged it. */
  passed(): void {
    this.#unavailableInARow = 0;
    this.#mustAsk = false;
    this.#parts.downstream.passed();
    // A call from before the downstream asked for this time takes nothing back.
    if (this.#parts.now() < this.#askedUntil) return;
    if (this.#gate.open()) this.#parts.events.emit("laneOpened", { strategy: this.#parts.strategy });
  }

  /** Returns how long an item waits that goes back unmarked because of this failure, in milliseconds. */
  failed(failure: Failure): number {
    const { tuning, random } = this.#parts;
    const { lane, downstream } = policyOf(failure);
    if (downstream === "suspend") this.#parts.downstream.hold(failure, tuning.unauthorizedProbeMs, this.#parts.now());
    switch (lane) {
      case "close":
        this.passed();
        return 0;
      case "count":
        return this.#unavailable(failure);
      case "throttle": {
        const forMs = this.#throttleMs(failure);
        this.#askedUntil = Math.max(this.#askedUntil, this.#parts.now() + forMs);
        return this.#shut(failure, forMs);
      }
      case "suspend":
        this.#shut(failure, tuning.misconfiguredProbeMs);
        return 0;
      case "doubt":
        if (this.#gate.failure !== undefined)
          this.#shut(failure, growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, 0, random));
        return 0;
      case "nothing":
        return 0;
    }
  }

  #unavailable(failure: Failure): number {
    const { tuning, random } = this.#parts;
    this.#unavailableInARow += 1;
    const closed = this.#gate.failure !== undefined;
    if (!closed && this.#unavailableInARow < tuning.breakerFailures) {
      const forMs = growing(tuning.breakerOpenMs / 4, tuning.breakerMaxOpenMs, this.#unavailableInARow - 1, random);
      return Math.max(forMs, this.#retryAfterMs(failure));
    }
    const forMs = growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, this.#gate.times, random);
    this.#mustAsk = this.#parts.downstream.invoker.check !== undefined;
    return this.#shut(failure, Math.max(forMs, this.#retryAfterMs(failure)));
  }

  async #check(controller: AbortController): Promise<Failure | undefined> {
    const { downstream, events } = this.#parts;
    const timer = setTimeout(() => controller.abort(new Error("deadline")), checkMs);
    const { signal } = controller;
    try {
      const ended = new Promise<undefined>((resolve) => {
        const giveUp = () => {
          clearTimeout(timer);
          setTimeout(() => resolve(undefined), checkGraceMs).unref();
        };
        signal.addEventListener("abort", giveUp, { once: true });
      });
      const context = { signal, deadline: Date.now() + checkMs, trace: {} };
      const failure = await Promise.race([downstream.invoker.check?.(context), ended]);
      return failure && presentable(failure);
    } catch (error) {
      // A bug of the transport's: the call itself is the probe then.
      events.emit("error", { during: `check ${downstream.name}`, error: wordlessError(error) });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #throttleMs(failure: Failure): number {
    const { tuning, random } = this.#parts;
    if (failure.retryAfterMs === undefined) {
      return growing(tuning.throttleMs, tuning.misconfiguredProbeMs, this.#gate.times, random);
    }
    // Never before the time that the downstream asked for, and not everybody at that very time.
    return Math.min(tuning.maxRetryAfterMs, Math.round(this.#retryAfterMs(failure) * (1 + random() / 10)));
  }

  #retryAfterMs(failure: Failure): number {
    return Math.min(failure.retryAfterMs ?? 0, this.#parts.tuning.maxRetryAfterMs);
  }

  #shut(failure: Failure, forMs: number): number {
    const now = this.#parts.now();
    if (this.#gate.passage(now) !== "none") {
      this.#parts.events.emit("laneClosed", { strategy: this.#parts.strategy, failure, forMs });
    }
    this.#gate.shut(failure, forMs, now);
    return this.#gate.waitMs(now);
  }
}
