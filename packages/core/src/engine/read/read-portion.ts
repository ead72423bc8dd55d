import type { ReadBudget } from "./read-budget.ts";

export interface Portion {
  readonly keys: number;
  readonly maxBytes: number;
}

/** Keys differ: a read is planned for a little more than its keys are expected to bring. */
const headroom = 1.5;
/** How much of what was learnt of earlier keys' size outlives a read of smaller ones. */
const memory = 0.75;

/** How much one lane's next read may bring: what its share has room for, in keys of the size that the last ones had. */
export class ReadPortion {
  readonly #budget: ReadBudget;
  readonly #readLimit: number;
  #buffered = 0;
  #bytesPerKey = 0;

  constructor(budget: ReadBudget, readLimit: number) {
    this.#budget = budget;
    this.#readLimit = readLimit;
  }

  /**
   * `undefined` while too much is buffered: a read into the last corner of the share would only be
   * cut short.
   */
  next(): Portion | undefined {
    const { share } = this.#budget;
    const maxBytes = share - this.#buffered;
    if (maxBytes < share / 2) return undefined;
    const fitting = Math.floor(maxBytes / (headroom * Math.max(1, this.#bytesPerKey)));
    return { keys: Math.max(1, Math.min(this.#readLimit, fitting)), maxBytes };
  }

  /** Content has come in. */
  hold(bytes: number): void {
    this.#buffered += bytes;
  }

  /** Content is gone. */
  release(bytes: number): void {
    this.#buffered -= bytes;
  }

  brought(keys: number, bytes: number): void {
    this.#bytesPerKey = Math.max(bytes / keys, this.#bytesPerKey * memory);
  }

  overflowed({ keys, maxBytes }: Portion): void {
    this.#bytesPerKey = Math.max(this.#bytesPerKey, maxBytes / keys);
  }
}
