import type { Poller } from "../../contracts/poller.ts";
import type { SettleEffect, Settlement } from "../../model/delivery.ts";
import { isSynclineError, SynclineError } from "../../model/errors.ts";
import { unlessAborted } from "../../transport-kit/unless-aborted.ts";
import { told } from "../guard/answer-checks.ts";
import type { Observers } from "../observers.ts";

export interface SettlerParts {
  readonly poller: Poller;
  readonly delayMs: number;
  /**
   * After this long without success a settlement is given up: its lease has lapsed and the work is
   * due again.
   */
  readonly patienceMs: number;
  readonly retryMs: number;
  readonly now: () => number;
  readonly onEffect: (settlement: Settlement, effect: SettleEffect) => void;
  readonly observers?: Observers;
  readonly onError: (error: unknown) => void;
}

const mostPerStatement = 1_000;
/**
 * After a statement for so many, the next one waits `busyFactor` times as long: they come so fast
 * that far more share it.
 */
const busyCount = 20;
const busyFactor = 5;

interface Entry {
  readonly settlement: Settlement;
  readonly since: number;
}

/**
 * Gathers settlements into few statements: waits a few milliseconds for company, and while one
 * statement is under way the next batch grows. A settlement that the database cannot take now is
 * tried again until its lease has lapsed.
 */
export class Settler {
  readonly #parts: SettlerParts;
  #waiting: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The timer is set for as soon as may be. */
  #isDue = false;
  #flushing: Promise<void> | undefined;
  #underWay: readonly Entry[] = [];
  #hasGivenUp = false;
  #failures = 0;
  #lastCount = 0;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  get pending(): number {
    return this.#waiting.length + (this.#flushing === undefined ? 0 : 1);
  }

  add(settlement: Settlement): void {
    if (this.#hasGivenUp) {
      // Of a call that ended after the stop had.
      this.#parts.onEffect(settlement, "late");
      return;
    }
    this.#waiting.push({ settlement, since: this.#parts.now() });
    if (this.#flushing !== undefined) return;
    // Not anew for each one more: a timer that is always set again never fires.
    if (this.#waiting.length >= mostPerStatement && !this.#isDue) this.#flushSoon(0);
    else if (this.#timer === undefined) this.#flushSoon(this.#delayMs());
  }

  /**
   * Resolves when everything added so far has been applied, or given up: what has failed at
   * `deadline` is tried once more, and `end` waits for nothing. Returns how many were given up:
   * their leases lapse.
   */
  async flush(deadline?: AbortSignal, end?: AbortSignal): Promise<number> {
    while (this.#waiting.length > 0 || this.#flushing !== undefined) {
      if (end?.aborted) return this.#giveUp();
      if (this.#flushing === undefined) this.#start();
      await within(this.#flushing, end);
      if (deadline?.aborted && this.#failures > 0 && this.#flushing === undefined) return this.#giveUp();
      if (this.#failures > 0 && this.#waiting.length > 0) await sleep(this.#pause(), deadline);
    }
    return 0;
  }

  #giveUp(): number {
    clearTimeout(this.#timer);
    this.#hasGivenUp = true;
    const given = [...this.#underWay, ...this.#waiting.splice(0)];
    for (const { settlement } of given) this.#parts.onEffect(settlement, "late");
    return given.length;
  }

  #flushSoon(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#isDue = delayMs === 0;
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    if (this.#flushing !== undefined || this.#waiting.length === 0) return;
    const batch = this.#withoutOutdated(this.#waiting.splice(0, mostPerStatement));
    this.#lastCount = batch.length;
    this.#underWay = batch;
    this.#flushing = this.#apply(batch).then(() => {
      this.#flushing = undefined;
      this.#underWay = [];
      if (this.#waiting.length === 0) return;
      const delayMs =
        this.#failures > 0 ? this.#pause() : this.#waiting.length >= mostPerStatement ? 0 : this.#delayMs();
      this.#flushSoon(delayMs);
    });
  }

  /**
   * What the database could not take until its lease had lapsed, and the same delivery was claimed
   * and settled again.
   */
  #withoutOutdated(batch: Entry[]): Entry[] {
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
    // What comes once the database is back waits for this, too: its lease must not lapse meanwhile.
    const most = Math.min(5_000, this.#parts.patienceMs / 4);
    return Math.min(most, this.#parts.retryMs * 2 ** Math.min(this.#failures - 1, 10));
  }

  async #apply(batch: readonly Entry[]): Promise<void> {
    try {
      const settlements = batch.map((entry) => entry.settlement);
      const startedAt = performance.now();
      const effects: unknown = await this.#parts.poller.settle(settlements);
      if (this.#hasGivenUp) return;
      const known = believable(effects, batch.length);
      this.#failures = 0;
      const { observers } = this.#parts;
      if (observers?.isEmpty === false) {
        const durationMs = performance.now() - startedAt;
        observers.tell("settled", { startedAt, durationMs, settlements, effects: known });
      }
      batch.forEach(({ settlement }, index) => {
        this.#parts.onEffect(settlement, known[index] ?? "late");
      });
    } catch (error) {
      if (this.#hasGivenUp) return;
      this.#failures += 1;
      this.#parts.onError(error);
      this.#putBack(batch, error);
    }
  }

  #putBack(batch: readonly Entry[], error: unknown): void {
    const deadline = this.#parts.now() - this.#parts.patienceMs;
    const retry = isSynclineError(error) && error.retryable;
    const kept = new Set(batch.filter((entry) => retry && entry.since > deadline));
    this.#waiting = [...kept, ...this.#waiting];
    for (const entry of batch) {
      if (!kept.has(entry)) this.#parts.onEffect(entry.settlement, "late");
    }
  }
}

const effectNames: ReadonlySet<unknown> = new Set<SettleEffect>(["applied", "again", "late"]);

/**
 * Which settlement an effect belongs to is told by its place alone: of an answer that is wrong in
 * one, none is taken.
 */
function believable(effects: unknown, count: number): readonly SettleEffect[] {
  if (Array.isArray(effects) && effects.length === count && effects.every((effect) => effectNames.has(effect))) {
    return effects;
  }
  throw new SynclineError("contract.broken", `It was given ${count} settlements, and answered ${told(effects)}.`);
}

/** Without a signal, as long as it takes. */
async function within(work: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (work === undefined) return;
  await (signal === undefined ? work : unlessAborted(work, signal));
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, signal?.aborted ? 0 : ms);
    signal?.addEventListener("abort", wake, { once: true });
  });
}
