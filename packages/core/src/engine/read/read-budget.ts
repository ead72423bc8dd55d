/** A lane's share is never less: below it, reads of a few keys each would cost more than the memory they save. */
const leastShare = 1024 * 1024;

export interface ReadBudgetParts {
  readonly bufferBytes: number;
  readonly maxItemBytes: number;
  /** How many lanes share the buffer now. */
  readonly lanes: () => number;
}

/**
 * How much content a worker may hold. Every lane has an equal share of its own, and not a place in a common queue: one
 * lane full of wide rows that its downstream does not take must not keep another from reading.
 *
 * What is larger than a share is read one at a time, by turns among the lanes.
 */
export class ReadBudget {
  readonly #parts: ReadBudgetParts;
  #isTurnTaken = false;
  readonly #waiting = new Set<() => void>();

  constructor(parts: ReadBudgetParts) {
    this.#parts = parts;
  }

  /** Bytes that one lane may hold. */
  get share(): number {
    return Math.max(leastShare, Math.floor(this.#parts.bufferBytes / Math.max(1, this.#parts.lanes())));
  }

  /** Bytes that one item may have. */
  get maxItemBytes(): number {
    return this.#parts.maxItemBytes;
  }

  /**
   * Returns whether the turn to hold one large item is the caller's now. If so, `endTurn` is owed;
   * if not, `resume` is called once it may be free. One `resume` is remembered once. None has two
   * turns while another waits.
   */
  takeTurn(resume: () => void): boolean {
    if (this.#isTurnTaken || this.#waiting.size > 0) {
      this.#waiting.add(resume);
      return false;
    }
    this.#isTurnTaken = true;
    return true;
  }

  /** `wakeWaiting` is owed, once the caller's own state is in order. */
  endTurn(): void {
    this.#isTurnTaken = false;
  }

  /** Those that waited may try again: all of them, in order, since the first may want it no more. */
  wakeWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}
