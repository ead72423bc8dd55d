import type { Demand } from "../../model/delivery.ts";

/**
 * When each lane's due deliveries are asked for. A lane that got less than it asked for has nothing
 * more for the moment; others that have, need not wait for it.
 */
export class ClaimPace {
  /**
   * By strategy: not before this time. Absent: something is probably due, and asked for as soon as
   * there is room.
   */
  readonly #pauses = new Map<string, number>();

  /** Any lane may have something due. */
  reset(): void {
    this.#pauses.clear();
  }

  mayHaveMore(strategy: string): boolean {
    return !this.#pauses.has(strategy);
  }

  /** Those worth asking for. */
  ripe(demands: readonly Demand[], now: number): readonly Demand[] {
    return demands.filter(({ strategy }) => now >= (this.#pauses.get(strategy) ?? now));
  }

  /** All that was asked for came, or something was written that nobody has leased yet. */
  hasMore(strategy: string): void {
    this.#pauses.delete(strategy);
  }

  /** Less than what was asked for came. */
  pause(strategy: string, until: number): void {
    this.#pauses.set(strategy, until);
  }
}
