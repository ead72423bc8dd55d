import { type Delivery, enqueue, isOver } from "../lane/delivery.ts";

/** Prepared deliveries in the order of their sending. */
export class SendQueue {
  #ready: Delivery[] = [];
  /** Parts of calls that failed as a whole: each is sent by itself, before anything else. */
  #groups: (readonly Delivery[])[] = [];
  #grouped = 0;

  get size(): number {
    return this.#ready.length + this.#grouped;
  }

  add(deliveries: readonly Delivery[]): void {
    // Not spread into a call: an array of a hundred thousand would be too many arguments.
    for (const delivery of deliveries) enqueue(this.#ready, delivery);
  }

  /** @param groups the first one goes first. */
  addGroups(groups: readonly (readonly Delivery[])[]): void {
    if (groups.length === 0) return;
    for (const group of groups) {
      this.#grouped += group.length;
      for (const delivery of group) delivery.state = "ready";
    }
    this.#groups = [...groups.filter((group) => group.length > 0), ...this.#groups];
  }

  /**
   * The next call: a group; or the oldest delivery, and the oldest others of its operation, so that
   * a delete in between breaks no batch.
   *
   * @param most deliveries in one call.
   */
  next(most: number): readonly Delivery[] {
    const group = this.#groups.shift();
    if (group !== undefined) {
      this.#grouped -= group.length;
      return group;
    }
    if (most === 1) {
      // Not spliced: that copies what is left, which may be a thousand deliveries.
      const only = this.#ready.shift();
      return only === undefined ? [] : [only];
    }
    const operation = this.#ready[0]?.prepared?.operation;
    const call: Delivery[] = [];
    const rest: Delivery[] = [];
    let seen = 0;
    for (const delivery of this.#ready) {
      if (call.length === most) break;
      seen += 1;
      (delivery.prepared?.operation === operation ? call : rest).push(delivery);
    }
    this.#ready.splice(0, seen, ...rest);
    return call;
  }

  /** Leaves out what is over. */
  prune(): void {
    this.#ready = this.#ready.filter((each) => !isOver(each));
    const groups = this.#groups.map((group) => group.filter((each) => !isOver(each)));
    this.#groups = [];
    this.#grouped = 0;
    this.addGroups(groups);
  }

  /** Everything, taken out. */
  drain(): readonly Delivery[] {
    const all = [...this.#groups.flat(), ...this.#ready];
    this.#ready = [];
    this.#groups = [];
    this.#grouped = 0;
    return all;
  }
}
