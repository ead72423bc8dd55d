import type { Poller } from "../../contracts/poller.ts";
import { Bag } from "../../model/bag.ts";
import type { Claim } from "../../model/delivery.ts";
import { type Delivery, type LeaseOwner, leasedDelivery } from "../lane/delivery.ts";

export interface LeaseKeeperParts {
  readonly poller: Poller;
  readonly leaseMs: number;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Renews the leases of all deliveries in hand. What cannot be renewed is lost when it would lapse:
 * its owner aborts the call before anybody else may start one.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #inHand = new Bag<Delivery>();
  #timer: NodeJS.Timeout | undefined;
  #isRenewing = false;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#inHand.size;
  }

  /**
   * @param claimedAt the monotonic time before the claiming statement was sent: the database's
   * clock read later than that.
   */
  take(claim: Claim, claimedAt: number, owner: LeaseOwner): Delivery {
    const delivery = leasedDelivery(claim, claimedAt + this.#parts.leaseMs, owner);
    this.#inHand.add(delivery);
    this.#timer ??= setInterval(() => void this.#beat(), this.#parts.leaseMs / 6).unref();
    return delivery;
  }

  /** Its work has ended, or it is known to be lost. */
  drop(delivery: Delivery): void {
    this.#inHand.delete(delivery);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    const { leaseMs, now, poller } = this.#parts;
    const at = now();
    const aging: Delivery[] = [];
    for (const delivery of this.#inHand.items()) {
      if (at >= delivery.leaseUntil) delivery.owner.leaseLost(delivery, "lapsed");
      else if (delivery.leaseUntil - at < (leaseMs * 2) / 3) aging.push(delivery);
    }
    if (aging.length === 0 || this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      const claims = aging.map((delivery) => delivery.claim);
      const ours = new Set(await poller.renew(claims, leaseMs));
      for (const delivery of aging) {
        if (ours.has(delivery.claim.id)) delivery.leaseUntil = at + leaseMs;
        else if (this.#inHand.has(delivery)) delivery.owner.leaseLost(delivery, "taken");
      }
    } catch (error) {
      this.#parts.onError(error);
    } finally {
      this.#isRenewing = false;
    }
  }
}
