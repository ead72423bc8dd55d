import type { DispatchResult } from "../../contracts/poller.ts";

/** However little room there is, a dispatch takes this many: the statements cost the same. */
const leastDispatch = 100;
/**
 * Of what a dispatch wrote, the share that has to have folded into deliveries that waited already for the next one to look
 * beyond what lanes have room for. Where keys change again and again, folding first saves calls; where each comes once, it
 * would cost a claim for nothing.
 */
const foldingShare = 1 / 20;
/**
 * So many times the limit at most, while a backlog folds: a delivery is written once for all changes that one dispatch takes of its key.
 * Of 5,000 keys that had changed ten times each in random order, 1,000 changes brought 900 deliveries, 8,000 bring 4,000.
 */
const farthest = 8;
/** Deliveries, as multiples of the limit, beyond which a dispatch is large enough: each change may be for many strategies. */
const mostWritten = 8;

/** How many changes the next dispatch takes. */
export class DispatchLimit {
  readonly #limit: number;
  #times = 1;
  #folds = false;

  /** @param limit `tuning.dispatchLimit` */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether changes keep meeting deliveries that wait. */
  get folds(): boolean {
    return this.#folds;
  }

  /** @param room what the lane with the most room could take. Where none has any, what is dispatched only folds. */
  next(room: number): number {
    if (this.#folds) return this.#limit * this.#times;
    return room === 0 ? this.#limit : Math.min(this.#limit, Math.max(room, leastDispatch));
  }

  took({ status, taken, inserted, folded }: DispatchResult): void {
    const written = inserted + folded;
    // That another worker dispatches says nothing about folding; that nothing is left does.
    if (taken > 0) this.#folds = folded > written * foldingShare;
    else if (status === "done") this.#folds = false;
    const most = mostWritten * this.#limit;
    if (!this.#folds) this.#times = 1;
    else if (written > most) this.#times = Math.max(1, this.#times / 2);
    else if (taken >= this.#limit * this.#times && 2 * written <= most)
      this.#times = Math.min(farthest, 2 * this.#times);
  }
}
