import type { RateLimit } from "../../model/strategy.ts";
import { longestDelayMs } from "../guard/bounded-delay.ts";

/** A token bucket on a monotonic clock (milliseconds). */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(limit: RateLimit, now: number) {
    this.#perMs = limit.perSecond / 1000;
    this.#burst = Math.max(1, limit.burst ?? 1);
    this.#tokens = this.#burst;
    this.#at = now;
  }

  /** Milliseconds until a token is there; 0 if one is. */
  waitMs(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    return this.#tokens >= 1 ? 0 : Math.min(longestDelayMs, Math.ceil((1 - this.#tokens) / this.#perMs));
  }

  /** Call after `waitMs` said 0. */
  take(): void {
    this.#tokens -= 1;
  }

  /** What was taken was not used. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }
}
