import type { Poller } from "../../contracts/poller.ts";
import type { Claim } from "../../model/delivery.ts";
import { type Delivery, type LeaseLoss, leasedDelivery } from "../lane/delivery.ts";

/** Who holds a delivery, and must know when its lease is lost. */
export interface LeaseOwner {
  leaseLost(delivery: Delivery, how: LeaseLoss): void;
}

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
  readonly #owners = new Map<Delivery, LeaseOwner>();
  #timer: NodeJS.Timeout | undefined;
  #isRenewing = false;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#owners.size;
  }

  /** @param claimedAt the monotonic time before the claiming statement was sent: the database's clock read later than that. */
  take(claim: Claim, claimedAt: number, owner: LeaseOwner): Delivery {
    const delivery = leasedDelivery(claim, claimedAt + this.#parts.leaseMs);
    this.#owners.set(delivery, owner);
    this.#timer ??= setInterval(() => void this.#beat(), this.#parts.leaseMs / 6).unref();
    return delivery;
  }

  /** Its work has ended, or it is known to be lost. */
  drop(delivery: Delivery): void {
    this.#owners.delete(delivery);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    const { leaseMs, now, poller } = this.#parts;
    const at = now();
    const aging: Delivery[] = [];
    for (const [delivery, owner] of this.#owners) {
      if (at >= delivery.leaseUntil) owner.leaseLost(delivery, "lapsed");
      else if (delivery.leaseUntil - at < (leaseMs * 2) / 3) aging.push(delivery);
    }
    if (aging.length === 0 || this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      const claims = aging.map((delivery) => delivery.claim);
      const held = new Set(await poller.renew(claims, leaseMs));
      for (const delivery of aging) {
        if (held.has(delivery.claim.id)) delivery.leaseUntil = at + leaseMs;
        else this.#owners.get(delivery)?.leaseLost(delivery, "taken");
      }
    } catch (error) {
      this.#parts.onError(error);
    } finally {
      this.#isRenewing = false;
    }
  }
}
