import type { Strategy } from "../../model/strategy.ts";
import type { Tuning } from "../tuning.ts";

/** What a lane sends in less time than this is worth to be taken together. */
const lookAheadMs = 250;

/**
 * How many deliveries a lane may have in hand. Grows while the lane sends what it gets at once, so
 * that one statement serves many; a slow lane keeps little, since what it holds is in nobody else's
 * reach.
 */
export class LaneWindow {
  readonly #smallest: number;
  readonly #largest: number;
  /**
   * Beside a backlog, so many live changes may be in hand: what is not leased waits behind all of
   * it.
   */
  readonly live: number;
  #size: number;
  #filledAt = Number.NEGATIVE_INFINITY;
  #tookMs = Number.POSITIVE_INFINITY;

  constructor({ batch, concurrency, rate, idempotent }: Strategy, { prefetchLimit }: Tuning) {
    const call = batch * concurrency;
    const perTwoSeconds = rate === undefined ? Number.POSITIVE_INFINITY : rate.perSecond * 2 * batch;
    // All that a killed worker had leased must be held where it must not be sent again: no more
    // than it could send, and one call of live changes.
    const [ahead, farAhead] = idempotent ? [2 * call, call + prefetchLimit] : [call, call];
    this.#smallest = Math.max(batch, Math.min(ahead, Math.ceil(perTwoSeconds)));
    this.#largest = Math.max(this.#smallest, Math.min(farAhead, Math.ceil(perTwoSeconds)));
    this.#size = this.#smallest;
    const share = Math.min(this.#largest, Math.floor(prefetchLimit / 2));
    this.live = idempotent ? Math.max(batch, Math.ceil(call / 2), share) : batch;
  }

  get size(): number {
    return this.#size;
  }

  /** Claims came. */
  filled(now: number): void {
    this.#tookMs = now - this.#filledAt;
    this.#filledAt = now;
  }

  /** More was to be had than there was room for. */
  widen(inHand: number): void {
    // Not quite full: calls went on while the statement ran.
    if (inHand < this.#size / 2 || this.#tookMs >= lookAheadMs) return;
    this.#size = Math.min(this.#largest, this.#size * 2);
  }

  /** Look less far ahead, but so far that no call waits for the next read. */
  narrow(): void {
    this.#size = Math.max(this.#smallest, Math.floor(this.#size / 2));
  }
}
