import type { SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Failure } from "../../model/outcome.ts";
import type { RateLimit } from "../../model/strategy.ts";
import { CircuitBreaker, type CircuitState, type Opening, type Trouble } from "./circuit-breaker.ts";
import { RateLimiter } from "./rate-limiter.ts";

export interface DownstreamLimits {
  readonly concurrency?: number;
  readonly rate?: RateLimit;
}

/**
 * One configured downstream at run time: its invoker, its own limits, and the circuit that refused
 * credentials open for all its lanes.
 */
export class Downstream {
  readonly name: string;
  readonly invoker: SyncInvoker;
  readonly canBeChecked: boolean;
  readonly #circuit = new CircuitBreaker();
  readonly #concurrency: number;
  readonly #limiter: RateLimiter | undefined;
  readonly #waiting = new Set<() => void>();
  /** The strategies whose calls were refused since it was suspended. */
  readonly #refused = new Set<string>();
  #lagMs = 0;
  #inFlight = 0;
  #passed = 0;

  constructor(name: string, invoker: SyncInvoker, limits: DownstreamLimits, now: number) {
    this.name = name;
    this.invoker = invoker;
    this.canBeChecked = invoker.check !== undefined;
    this.#concurrency = limits.concurrency ?? Number.POSITIVE_INFINITY;
    this.#limiter = limits.rate === undefined ? undefined : new RateLimiter(limits.rate, now);
  }

  /** Whether refused credentials keep a strategy's calls away, even probes. */
  state(now: number, strategy: string): CircuitState {
    const state = this.#circuit.state(now);
    return state === "half-open" && this.suspendedMs(now, strategy) > 0 ? "open" : state;
  }

  /** How many calls of all lanes were answered well. */
  get passed(): number {
    return this.#passed;
  }

  get trouble(): Trouble | undefined {
    return this.#circuit.trouble;
  }

  /** How often it was suspended since something last passed. */
  get timesSuspended(): number {
    return this.#circuit.times;
  }

  /**
   * For how long they do, in milliseconds. Longer for a strategy that was refused already: what it
   * has to send may be refused alone, and must not keep the others from showing that all is well.
   */
  suspendedMs(now: number, strategy: string): number {
    const lag = this.#refused.has(strategy) ? this.#lagMs : 0;
    return this.#circuit.waitMs(now - lag);
  }

  /**
   * Milliseconds until a call may start, 0 if one may; `undefined`: when one in flight ends, then
   * `resume` is called. One `resume` is remembered once, however often it waits.
   */
  waitMs(now: number, resume: () => void): number | undefined {
    const state = this.#circuit.state(now);
    if (state === "open") return this.#circuit.waitMs(now);
    if (this.#inFlight >= (state === "half-open" ? 1 : this.#concurrency)) {
      this.#waiting.add(resume);
      return undefined;
    }
    return this.#limiter?.waitMs(now) ?? 0;
  }

  begin(): void {
    this.#inFlight += 1;
    this.#limiter?.take();
  }

  /** @param isUnsent nothing went out: the rate has one more. */
  end(isUnsent: boolean): void {
    this.#inFlight -= 1;
    if (isUnsent) this.#limiter?.giveBack();
  }

  /** Those that waited for a call's end may try again. */
  wakeWaiting(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  suspend(failure: Failure, forMs: number, now: number, strategy: string): Opening {
    if (this.#circuit.state(now) !== "open") this.#lagMs = forMs / 8;
    this.#refused.add(strategy);
    return this.#circuit.open(failure, forMs, now);
  }

  /** A call was answered well. Returns whether it had been suspended. */
  pass(): boolean {
    this.#passed += 1;
    if (this.#refused.size > 0) this.#refused.clear();
    return this.#circuit.close();
  }
}
