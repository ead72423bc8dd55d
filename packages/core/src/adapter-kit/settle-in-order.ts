import type { SettleEffect, Settlement } from "../model/delivery.ts";
import { inLockOrder } from "./lock-order.ts";

/** Positions in the settlements as they were given to `apply`, from 0. All others were applied. */
export interface SettledPositions {
  /** Accepted or dead, but newer changes had come. */
  readonly again: Iterable<number>;
  /** The lease was lost. */
  readonly late: Iterable<number>;
}

/** Applies settlements in lock order, and gives their effects in the order in which they came. */
export async function settleInOrder(
  settlements: readonly Settlement[],
  apply: (ordered: readonly Settlement[]) => Promise<SettledPositions>,
): Promise<readonly SettleEffect[]> {
  if (settlements.length === 0) return [];
  const placed = settlements.map((settlement, position) => ({ settlement, position }));
  const sorted = inLockOrder(placed, (entry) => entry.settlement.claim);
  const { again, late } = await apply(sorted.map((entry) => entry.settlement));
  const effects: SettleEffect[] = settlements.map(() => "applied");
  const mark = (positions: Iterable<number>, effect: SettleEffect) => {
    for (const n of positions) effects[sorted[n]?.position ?? -1] = effect;
  };
  mark(again, "again");
  mark(late, "late");
  return effects;
}
