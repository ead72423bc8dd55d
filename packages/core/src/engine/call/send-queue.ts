import { type Delivery, isOver } from "../lane/delivery.ts";
import { TurnQueue } from "../lane/turn-queue.ts";

/** Prepared deliveries in the order of their sending. */
export class SendQueue {
  readonly #ready = new TurnQueue();
  /** Parts of calls that failed as a whole: each is sent by itself, before anything else. */
  #groups: (readonly Delivery[])[] = [];
  #grouped = 0;

  get size(): number {
    return this.#ready.size + this.#grouped;
  }

  add(deliveries: readonly Delivery[]): void {
    this.#ready.add(deliveries);
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
   * The next call: a group; or the first delivery, and the first others of its operation, so that
   * a delete in between breaks no batch.
   *
   * @param upserts, deletes at most so many in one call.
   */
  next(upserts: number, deletes = upserts): readonly Delivery[] {
    const group = this.#groups.shift();
    if (group !== undefined) {
      this.#grouped -= group.length;
      return group;
    }
    const first = this.#ready.next();
    if (first === undefined) return [];
    const call = [first];
    const others: Delivery[] = [];
    const most = first.prepared?.operation === "delete" ? deletes : upserts;
    while (call.length < most) {
      const next = this.#ready.next();
      if (next === undefined) break;
      (next.prepared?.operation === first.prepared?.operation ? call : others).push(next);
    }
    this.#ready.putBack(others);
    return call;
  }

  /** Leaves out what is over. */
  prune(): void {
    this.#ready.prune();
    const groups = this.#groups.map((group) => group.filter((each) => !isOver(each)));
    this.#groups = [];
    this.#grouped = 0;
    this.addGroups(groups);
  }

  /** Everything, taken out. */
  drain(): readonly Delivery[] {
    const all = [...this.#groups.flat(), ...this.#ready.drain()];
    this.#groups = [];
    this.#grouped = 0;
    return all;
  }
}
