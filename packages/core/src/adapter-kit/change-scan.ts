import { FullScans } from "./full-scans.ts";

/**
 * For so long a transaction may have drawn its change's id before it commits and still be found by
 * the next scan.
 */
const lateMs = 1_000;

/** One scan of the change table. */
export interface ChangePass {
  readonly isFull: boolean;
  /** The scan begins after this id. */
  readonly after: string;
  /** What was seen: no change up to this id is left, but for those not committed yet. */
  goneThrough: bigint | undefined;
  tookMs: number;
}

/**
 * Where in the change table to begin: ids are not commit order, so behind what was gone through a
 * while ago. What was committed later than that is found by a full scan.
 */
export class ChangeScan {
  readonly #fullScans = new FullScans();
  #after = 0n;
  #next = { id: 0n, seenAt: Number.NEGATIVE_INFINITY };

  begin(): ChangePass {
    const isFull = this.#fullScans.isDue();
    return { isFull, after: String(isFull ? 0n : this.#after), goneThrough: undefined, tookMs: 0 };
  }

  end(pass: ChangePass): void {
    if (pass.isFull) this.#fullScans.took(pass.tookMs);
    const now = performance.now();
    if (now - this.#next.seenAt < lateMs) return;
    if (this.#next.id > this.#after) this.#after = this.#next.id;
    if (pass.goneThrough !== undefined) this.#next = { id: pass.goneThrough, seenAt: now };
  }
}
