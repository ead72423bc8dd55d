import type { Claim } from "../../model/delivery.ts";
import type { RetryPolicy } from "../../model/strategy.ts";

export interface DependencyWaitsParts {
  readonly retry: Required<RetryPolicy>;
  /** After so long a wait costs attempts. */
  readonly limitMs: number;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Beyond this many, a wait is counted from when the change was recorded. */
const mostRemembered = 10_000;

/**
 * How long items of one lane have waited for what they point to. Counted from when this worker first
 * saw them wait: a backlog that is a day old, of parents and children alike, has not waited yet.
 */
export class DependencyWaits {
  readonly #parts: DependencyWaitsParts;
  /** By the delivery's id, oldest first. */
  readonly #since = new Map<string, number>();

  constructor(parts: DependencyWaitsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#since.size;
  }

  /**
   * As long as it has waited, so that each wait doubles the whole: from `retry.initialMs` to
   * `retry.maxMs`. `undefined`: its limit is reached.
   */
  nextMs(claim: Claim): number | undefined {
    const { retry, limitMs, random } = this.#parts;
    const waitedMs = this.#waitedMs(claim);
    if (waitedMs >= limitMs) return undefined;
    const nextMs = Math.min(retry.maxMs, Math.max(retry.initialMs, waitedMs));
    return Math.ceil(Math.min(nextMs * (0.9 + 0.2 * random()), limitMs - waitedMs));
  }

  /** It has come to an end. */
  forget({ id }: Claim): void {
    this.#since.delete(id);
  }

  #waitedMs({ id, firstRecordedAt }: Claim): number {
    const now = this.#parts.now();
    const since = this.#since.get(id);
    if (since !== undefined) return now - since;
    if (this.#since.size >= mostRemembered) this.#forgetOldest(now);
    if (this.#since.size >= mostRemembered) return Math.max(0, Date.now() - firstRecordedAt);
    this.#since.set(id, now);
    return 0;
  }

  /** Whatever another worker has brought to an end meanwhile. */
  #forgetOldest(now: number): void {
    const [oldest] = this.#since;
    if (oldest !== undefined && now - oldest[1] > 2 * this.#parts.limitMs) this.#since.delete(oldest[0]);
  }
}
