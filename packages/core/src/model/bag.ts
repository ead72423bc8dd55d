/** What stands in a bag; `place` belongs to it. */
export interface Placed {
  /** -1 while it stands in none. */
  place: number;
}

/**
 * A set for what comes and goes all the time, in no order; an item stands in one bag at most.
 *
 * V8 gives a `Set` or `Map` a new table every so many additions, and the old table points to the
 * new one. Once one table is old, all later ones and what they hold survive every scavenge until
 * the next full collection: 0.6 s of scavenges for 240,000 calls became 2.0.
 */
export class Bag<Item extends Placed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  has(item: Item): boolean {
    const { place } = item;
    // Beyond the array's ends V8 looks for a property of that name: 0.3 µs a call.
    return place >= 0 && place < this.#items.length && this.#items[place] === item;
  }

  add(item: Item): void {
    if (!this.has(item)) item.place = this.#items.push(item) - 1;
  }

  /** Whether it stood here. */
  delete(item: Item): boolean {
    if (!this.has(item)) return false;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
    return true;
  }

  /** A copy, to go through while items come and go. */
  items(): readonly Item[] {
    return [...this.#items];
  }
}
