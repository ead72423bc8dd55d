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
  #turnTaken = false;
  #waiting: (() => void)[] = [];

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

  /** The turn to hold one large item: how to give it back, once. `undefined`: another has it; then `resume` is called. */
  takeTurn(resume: () => void): (() => void) | undefined {
    if (this.#turnTaken) {
      if (!this.#waiting.includes(resume)) this.#waiting.push(resume);
      return undefined;
    }
    this.#turnTaken = true;
    let given = true;
    return () => {
      if (!given) return;
      given = false;
      this.#turnTaken = false;
      // All of them, in order: the first may want it no more. Those that come too late line up again.
      for (const next of this.#waiting.splice(0)) next();
    };
  }
}
