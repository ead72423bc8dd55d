import type { Delivery } from "./delivery.ts";

/**
 * Live changes beside a backlog: those that a dispatch has leased as it wrote them go before what
 * waited for a claim, and before a backfill. There are never more of them in front than the lane's
 * reserve, which is a part of what it sends at once: so the backlog gets on, too.
 */
export class LiveShare {
  readonly #reserve: number;
  #inHand = 0;
  #first = 0;

  constructor(reserve: number) {
    this.#reserve = reserve;
  }

  /** @param inHand what the lane has already, of whatever kind. */
  add(deliveries: readonly Delivery[], inHand: number): void {
    // Among themselves they keep their order.
    const hasBacklog = inHand > this.#inHand;
    for (const delivery of deliveries) {
      delivery.isLive = true;
      delivery.goesFirst = hasBacklog && this.#first < this.#reserve;
      if (delivery.goesFirst) this.#first += 1;
      this.#inHand += 1;
    }
  }

  get inHand(): number {
    return this.#inHand;
  }

  ended({ isLive, goesFirst }: Delivery): void {
    if (isLive) this.#inHand -= 1;
    if (goesFirst) this.#first -= 1;
  }
}
