import type { SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Failure } from "../../model/outcome.ts";
import type { RateLimit } from "../../model/strategy.ts";
import type { EventHub } from "../events.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { RateLimiter } from "./rate-limiter.ts";

export interface DownstreamLimits {
  readonly concurrency?: number;
  readonly rate?: RateLimit;
}

/** One configured downstream at run time: its invoker, its own limits, and the hold that refused credentials put on all its lanes. */
export class Downstream {
  readonly name: string;
  readonly invoker: SyncInvoker;
  readonly #gate = new CircuitBreaker();
  readonly #concurrency: number;
  readonly #limiter: RateLimiter | undefined;
  readonly #events: EventHub;
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

  constructor(name: string, invoker: SyncInvoker, limits: DownstreamLimits, events: EventHub, now: number) {
    this.name = name;
    this.invoker = invoker;
    this.#concurrency = limits.concurrency ?? Number.POSITIVE_INFINITY;
    this.#limiter = limits.rate === undefined ? undefined : new RateLimiter(limits.rate, now);
    this.#events = events;
  }

  /** Whether refused credentials keep even probes away. */
  isHeld(now: number): boolean {
    return this.#gate.passage(now) === "none";
  }

  /** For how long they do. */
  heldMs(now: number): number {
    return this.#gate.waitMs(now);
  }

  /** Milliseconds until a call may start, 0 if one may; `undefined`: when one in flight ends, then `resume` is called. */
  waitMs(now: number, resume: () => void): number | undefined {
    const passage = this.#gate.passage(now);
    if (passage === "none") return this.#gate.waitMs(now);
    if (this.#inFlight >= (passage === "one" ? 1 : this.#concurrency)) {
      this.#waiting.add(resume);
      return undefined;
    }
    return this.#limiter?.waitMs(now) ?? 0;
  }

  /** The rate alone, for a call that follows from one in flight. */
  get rate(): { waitMs(now: number): number; take(): void } | undefined {
    return this.#limiter;
  }

  begin(): void {
    this.#inFlight += 1;
    this.#limiter?.take();
  }

  end(): void {
    this.#inFlight -= 1;
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  hold(failure: Failure, forMs: number, now: number): void {
    if (this.#gate.passage(now) !== "none") {
      this.#events.emit("downstreamHeld", { downstream: this.name, failure, forMs });
    }
    this.#gate.shut(failure, forMs, now);
  }

  passed(): void {
    if (this.#gate.open()) this.#events.emit("downstreamReleased", { downstream: this.name });
  }
}
