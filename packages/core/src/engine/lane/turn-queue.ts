import { type Delivery, isOver } from "./delivery.ts";

/**
 * Deliveries that wait in a lane. Live changes and the backlog, each in its order, go by turns: a
 * live change waits for no backlog, and a stream of them does not keep the backlog from getting on.
 */
export class TurnQueue {
  #live: Delivery[] = [];
  #backlog: Delivery[] = [];
  #wasLive = false;

  get size(): number {
    return this.#live.length + this.#backlog.length;
  }

  /** Behind all of its kind. */
  add(deliveries: readonly Delivery[]): void {
    // Not spread into a call: an array of a hundred thousand would be too many arguments.
    for (const delivery of deliveries) this.#of(delivery).push(delivery);
  }

  /** Before all of their kind, in the order given. */
  putBack(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    this.#live = [...deliveries.filter(({ isLive }) => isLive), ...this.#live];
    this.#backlog = [...deliveries.filter(({ isLive }) => !isLive), ...this.#backlog];
  }

  /** Not spliced: that copies what is left, which may be a thousand deliveries. */
  next(): Delivery | undefined {
    const isLive = this.#live.length > 0 && (!this.#wasLive || this.#backlog.length === 0);
    this.#wasLive = isLive;
    return (isLive ? this.#live : this.#backlog).shift();
  }

  take(count: number): readonly Delivery[] {
    if (this.#live.length === 0) return this.#backlog.splice(0, count);
    if (this.#backlog.length === 0) return this.#live.splice(0, count);
    const taken: Delivery[] = [];
    while (taken.length < count) {
      const next = this.next();
      if (next === undefined) break;
      taken.push(next);
    }
    return taken;
  }

  every(holds: (delivery: Delivery) => boolean): boolean {
    return this.#live.every(holds) && this.#backlog.every(holds);
  }

  /** Leaves out what is over. */
  prune(): void {
    this.#live = this.#live.filter((each) => !isOver(each));
    this.#backlog = this.#backlog.filter((each) => !isOver(each));
  }

  /** Everything, taken out. */
  drain(): readonly Delivery[] {
    const all = [...this.#live, ...this.#backlog];
    this.#live = [];
    this.#backlog = [];
    return all;
  }

  #of({ isLive }: Delivery): Delivery[] {
    return isLive ? this.#live : this.#backlog;
  }
}
