import type { Poller } from "../../contracts/poller.ts";
import type { SettleEffect, Settlement } from "../../model/delivery.ts";
import { isSynclineError } from "../../model/errors.ts";

export interface SettlerParts {
  readonly poller: Poller;
  readonly delayMs: number;
  /** After this long without success a settlement is given up: its lease has lapsed and the work is due again. */
  readonly patienceMs: number;
  readonly retryMs: number;
  readonly now: () => number;
  readonly onEffect: (settlement: Settlement, effect: SettleEffect) => void;
  readonly onError: (error: unknown) => void;
}

const mostPerStatement = 1_000;
/** After a statement for so many, the next one waits `busyFactor` times as long: they come so fast that far more share it. */
const busyCount = 20;
const busyFactor = 5;

/**
 * Gathers settlements into few statements: waits a few milliseconds for company, and while one statement is under way
 * the next batch grows. A settlement that the database cannot take now is tried again until its lease has lapsed.
 */
export class Settler {
  readonly #parts: SettlerParts;
  #waiting: { settlement: Settlement; since: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #failures = 0;
  #lastCount = 0;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  get pending(): number {
    return this.#waiting.length + (this.#flushing === undefined ? 0 : 1);
  }

  add(settlement: Settlement): void {
    this.#waiting.push({ settlement, since: this.#parts.now() });
    if (this.#flushing !== undefined) return;
    if (this.#waiting.length >= mostPerStatement) this.#flushSoon(0);
    else if (this.#timer === undefined) this.#flushSoon(this.#delayMs());
  }

  /** Resolves when everything added so far has been applied, or given up: at the signal, after one more try. */
  async flush(signal?: AbortSignal): Promise<void> {
    while (this.#waiting.length > 0 || this.#flushing !== undefined) {
      if (this.#flushing === undefined) this.#start();
      await this.#flushing;
      if (signal?.aborted && this.#failures > 0) return this.#giveUp();
      if (this.#failures > 0 && this.#waiting.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, this.#pause()));
      }
    }
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    for (const { settlement } of this.#waiting.splice(0)) this.#parts.onEffect(settlement, "late");
  }

  #flushSoon(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#flushing !== undefined || this.#waiting.length === 0) return;
    const batch = this.#withoutOutdated(this.#waiting.splice(0, mostPerStatement));
    this.#lastCount = batch.length;
    this.#flushing = this.#apply(batch).then(() => {
      this.#flushing = undefined;
      if (this.#waiting.length === 0) return;
      const delayMs =
        this.#failures > 0 ? this.#pause() : this.#waiting.length >= mostPerStatement ? 0 : this.#delayMs();
      this.#flushSoon(delayMs);
    });
  }

  /** What the database could not take until its lease had lapsed, and the same delivery was claimed and settled again. */
  #withoutOutdated(batch: { settlement: Settlement; since: number }[]): { settlement: Settlement; since: number }[] {
    const newest = new Map(batch.map((entry) => [entry.settlement.claim.id, entry]));
    if (newest.size === batch.length) return batch;
    return batch.filter((entry) => {
      const isNewest = newest.get(entry.settlement.claim.id) === entry;
      if (!isNewest) this.#parts.onEffect(entry.settlement, "late");
      return isNewest;
    });
  }

  #delayMs(): number {
    return this.#parts.delayMs * (this.#lastCount >= busyCount ? busyFactor : 1);
  }

  #pause(): number {
    return Math.min(5_000, this.#parts.retryMs * 2 ** Math.min(this.#failures - 1, 10));
  }

  async #apply(batch: { settlement: Settlement; since: number }[]): Promise<void> {
    try {
      const effects = await this.#parts.poller.settle(batch.map((entry) => entry.settlement));
      this.#failures = 0;
      batch.forEach((entry, index) => {
        this.#parts.onEffect(entry.settlement, effects[index] ?? "late");
      });
    } catch (error) {
      this.#failures += 1;
      this.#parts.onError(error);
      this.#putBack(batch, error);
    }
  }

  #putBack(batch: { settlement: Settlement; since: number }[], error: unknown): void {
    const deadline = this.#parts.now() - this.#parts.patienceMs;
    const retry = isSynclineError(error) && error.retryable;
    const kept = batch.filter((entry) => retry && entry.since > deadline);
    this.#waiting = [...kept, ...this.#waiting];
    for (const entry of batch) {
      if (!kept.includes(entry)) this.#parts.onEffect(entry.settlement, "late");
    }
  }
}
