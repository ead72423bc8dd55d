import type { Failure } from "../model/outcome.ts";
import { growing } from "./back-off.ts";
import type { Downstream } from "./downstream.ts";
import type { EventHub } from "./events.ts";
import { Gate, type Passage } from "./gate.ts";
import type { Tuning } from "./tuning.ts";

export interface LaneGateParts {
  readonly strategy: string;
  readonly downstream: Downstream;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly now: () => number;
  readonly random: () => number;
}

/** Turns what calls came to into when the lane may call again. */
export class LaneGate {
  readonly #parts: LaneGateParts;
  readonly #gate = new Gate();
  #unavailableInARow = 0;

  constructor(parts: LaneGateParts) {
    this.#parts = parts;
  }

  passage(): Passage {
    const now = this.#parts.now();
    return this.#parts.downstream.isHeld(now) ? "none" : this.#gate.passage(now);
  }

  waitMs(): number {
    return this.#gate.waitMs(this.#parts.now());
  }

  /** The downstream answered and took what it was sent, or judged it. */
  passed(): void {
    this.#unavailableInARow = 0;
    this.#parts.downstream.passed();
    if (this.#gate.open()) this.#parts.events.emit("laneOpened", { strategy: this.#parts.strategy });
  }

  /** Returns how long an item waits that goes back unmarked because of this failure, in milliseconds. */
  failed(failure: Failure): number {
    const { tuning, random } = this.#parts;
    switch (failure.kind) {
      case "unavailable":
        return this.#unavailable(failure);
      case "throttled":
        return this.#shut(failure, this.#throttleMs(failure));
      case "unauthorized":
        this.#parts.downstream.hold(failure, tuning.unauthorizedProbeMs, this.#parts.now());
        return 0;
      case "misconfigured":
        this.#shut(failure, tuning.misconfiguredProbeMs);
        return 0;
      case "cancelled":
        return 0;
      case "transient":
        // The probe of a closed lane that fails in its own way proves nothing: try another one soon.
        if (this.#gate.failure !== undefined)
          this.#shut(failure, growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, 0, random));
        return 0;
      default:
        this.passed();
        return 0;
    }
  }

  #unavailable(failure: Failure): number {
    const { tuning, random } = this.#parts;
    this.#unavailableInARow += 1;
    const closed = this.#gate.failure !== undefined;
    if (!closed && this.#unavailableInARow < tuning.breakerFailures) {
      return growing(tuning.breakerOpenMs / 4, tuning.breakerMaxOpenMs, this.#unavailableInARow - 1, random);
    }
    const forMs = growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, this.#gate.times, random);
    return this.#shut(failure, Math.max(forMs, this.#retryAfterMs(failure)));
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
