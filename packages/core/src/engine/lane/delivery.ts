import type { SyncItem } from "../../contracts/sync-invoker.ts";
import type { Placed } from "../../model/bag.ts";
import type { Claim } from "../../model/delivery.ts";

/**
 * Where a delivery stands between its claim and its end: leased → reading → ready → sending →
 * settled. A step may be left out (what fails before it is sent is settled at once), and from each
 * state before `settled` the lease may be lost.
 */
export type DeliveryState = "leased" | "reading" | "ready" | "sending" | "settled" | "lost";

/** What is sent for one key. */
export interface PreparedItem {
  readonly operation: "upsert" | "delete";
  readonly item: SyncItem;
}

/** A claim in this worker's hands. Only its lane changes it, but for the lease, which its keeper renews. */
export interface Delivery extends Placed {
  readonly claim: Claim;
  /** Who must know when its lease is lost. */
  readonly owner: LeaseOwner;
  state: DeliveryState;
  /** On the worker's monotonic clock: from here on the lease may be somebody else's. */
  leaseUntil: number;
  /** From `ready` on. */
  prepared: PreparedItem | undefined;
  /** Of its lane's share of the read buffer, until it ends. */
  bufferedBytes: number;
  /**
   * Of a live change that was leased as it was written; else it has waited, or is of a backfill.
   */
  isLive: boolean;
}

/** How a lease was lost. `taken`: the database says so. `lapsed`: it could not be renewed in time. */
export type LeaseLoss = "taken" | "lapsed";

/** Who holds deliveries. */
export interface LeaseOwner {
  leaseLost(delivery: Delivery, how: LeaseLoss): void;
}

/**
 * A class, as is whatever is made for each change. V8 counts how many objects of a literal outlive
 * a collection: after a thousand claims at once, all do, and from then on that literal's objects
 * are made in the old space, where they keep alive all that they point to, dead or not. To collect
 * it took a quarter of a worker's time.
 */
class LeasedDelivery implements Delivery {
  readonly claim: Claim;
  readonly owner: LeaseOwner;
  state: DeliveryState = "leased";
  leaseUntil: number;
  prepared: PreparedItem | undefined = undefined;
  bufferedBytes = 0;
  isLive = false;
  place = -1;

  constructor(claim: Claim, leaseUntil: number, owner: LeaseOwner) {
    this.claim = claim;
    this.owner = owner;
    this.leaseUntil = leaseUntil;
  }
}

/** @param leaseUntil monotonic milliseconds. */
export function leasedDelivery(claim: Claim, leaseUntil: number, owner: LeaseOwner): Delivery {
  return new LeasedDelivery(claim, leaseUntil, owner);
}

/** Settled and lost deliveries are nobody's here: what still comes for them is discarded. */
export function isOver({ state }: Delivery): boolean {
  return state === "settled" || state === "lost";
}
