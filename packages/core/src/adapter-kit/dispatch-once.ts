import type { DispatchResult, Route } from "../contracts/poller.ts";
import type { RecordedChange, RefusedChange } from "../model/change.ts";
import { type Claim, newClaim, type RoutedDelivery } from "../model/delivery.ts";
import { inLockOrder } from "./lock-order.ts";

export interface TakenChanges {
  /** `busy`: another worker holds the dispatcher lock. `idle`: there is no change, and the lock need not be held. */
  readonly status: "held" | "busy" | "idle";
  /** As the strategy store says it; `undefined` if the database keeps no strategies. */
  readonly strategiesRevision: string | undefined;
  readonly changes: readonly RecordedChange[];
}

export interface UpsertedDeliveries {
  readonly inserted: number;
  readonly folded: number;
  readonly claims: readonly Claim[];
}

/** The statements of one dispatch, on one connection in one transaction. */
export interface DispatchSteps {
  /** Takes the dispatcher lock without waiting, and the oldest committed changes, which it deletes. */
  take(): Promise<TakenChanges>;
  /** At least one. */
  keepRefused(refused: readonly RefusedChange[]): Promise<void>;
  /** At least one, in lock order. */
  upsert(deliveries: readonly RoutedDelivery[]): Promise<UpsertedDeliveries>;
}

export interface DispatchEnd {
  readonly result: DispatchResult;
  /** Roll back. Also where nothing was found: a transaction that has only locked a row would write a commit all the same. */
  readonly undo: boolean;
}

const none: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

/** The steps of `Poller.dispatch` in their order. What they throw, and what `route` throws, must end in a rollback. */
export async function dispatchOnce(steps: DispatchSteps, route: Route): Promise<DispatchEnd> {
  const { status, changes, strategiesRevision } = await steps.take();
  if (status === "busy") return { result: { ...none, status: "busy" }, undo: true };
  if (status === "idle" || changes.length === 0) return { result: none, undo: true };
  const routing = route(changes, strategiesRevision);
  if (routing === undefined) return { result: { ...none, status: "stale" }, undo: true };
  if (routing.refused.length > 0) await steps.keepRefused(routing.refused);
  const taken = changes.length;
  if (routing.deliveries.length === 0) return { result: { ...none, taken }, undo: false };
  const upserted = await steps.upsert(inLockOrder(routing.deliveries, (delivery) => delivery));
  return { result: { status: "done", taken, ...upserted }, undo: false };
}

/** In lock order. Of a key whose changes go out one by one, only the lowest ordinal may be in flight. */
export function isFirstOfKey(delivery: RoutedDelivery, previous: RoutedDelivery | undefined): boolean {
  return previous === undefined || previous.key !== delivery.key || previous.strategy !== delivery.strategy;
}

/**
 * The claims on new deliveries that were leased at once, by their positions among `deliveries`, from 1. A new row's id and revision
 * are `base` + position.
 */
export function leasedClaims(
  deliveries: readonly RoutedDelivery[],
  base: bigint,
  positions: readonly number[],
): readonly Claim[] {
  return positions.flatMap((position) => {
    const delivery = deliveries[position - 1];
    return delivery?.lease === undefined ? [] : [newClaim(delivery, String(base + BigInt(position)), delivery.lease)];
  });
}
