import { FullScans } from "@syncline/core/adapter-kit";
import type { Demand } from "@syncline/core/spi";

/** So long may pass between the time that a delivery is due and the commit that makes it visible. */
const lateMs = 1_000;

/** What a claim saw of a strategy's due deliveries; epoch ms of the database's clock. */
export interface Seen {
  readonly now: number;
  /**
   * Where deliveries may block others: what is blocked stays where it is. `undefined`: none may, or
   * nothing is pending.
   */
  readonly first: number | undefined;
  readonly claimed: number;
  readonly lastClaimed: number;
}

/** Where among a strategy's due deliveries a claim begins: before that it has found none that it could have leased. */
export class DueScan {
  readonly #fullScans = new FullScans();
  readonly #starts = new Map<string, number>();

  /** Epoch ms for each demand. */
  begin(demands: readonly Demand[]): { readonly isFull: boolean; readonly starts: readonly number[] } {
    const isFull = this.#fullScans.isDue();
    return { isFull, starts: demands.map(({ strategy }) => (isFull ? 0 : (this.#starts.get(strategy) ?? 0))) };
  }

  end(isFull: boolean, tookMs: number): void {
    if (isFull) this.#fullScans.took(tookMs);
  }

  saw(demand: Demand, { now, first, claimed, lastClaimed }: Seen): void {
    const emptyUntil = first !== undefined ? Math.min(first, now) : claimed < demand.count ? now : lastClaimed;
    this.#starts.set(demand.strategy, emptyUntil - lateMs);
  }
}
