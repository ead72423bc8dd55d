import type { StrategyStore } from "../../contracts/strategy-store.ts";
import type { Dictionary } from "../../model/category.ts";
import { isSynclineError, SynclineError } from "../../model/errors.ts";
import { type CheckedStrategies, loadStrategies } from "../../stores/load-strategies.ts";
import { unlessAborted } from "../../transport-kit/unless-aborted.ts";

export interface StrategyLoadsParts {
  /** The categories in code. */
  readonly dictionary: Dictionary;
  /** Of code and stores, as it is in force. */
  readonly inForce?: Dictionary;
  readonly store: StrategyStore;
  /** The revision of the database's own strategies as last loaded; `undefined` if none are in use. */
  readonly tableRevision: () => string | undefined;
  readonly now: () => number;
  /** How often a store that cannot tell of changes is asked, in milliseconds. */
  readonly refreshMs: number;
}

/** What a store answered, and is not in force yet. */
export interface StrategyLoad extends CheckedStrategies {
  readonly tableRevision: string | undefined;
}

/** While strategies are in force, claims wait no longer than this for others. */
const patienceMs = 5_000;

/**
 * When the strategy store is asked, and what of its answers is in force. An answer counts as loaded
 * once it was applied: until then a dispatch must not route by it, nor believe that it does.
 */
export class StrategyLoads {
  readonly #parts: StrategyLoadsParts;
  readonly #unsubscribe: (() => void) | undefined;
  #inForce: StrategyLoad | undefined;
  /** When the store was asked last with an answer; `undefined`: it is to be asked now. */
  #askedAt: number | undefined;
  /** When it last broke its contract, of which its guard told; `undefined` if it answers. */
  #failedAt: number | undefined;
  #underWay: Asked | undefined;

  constructor(parts: StrategyLoadsParts) {
    this.#parts = parts;
    this.#unsubscribe = this.#subscribe();
  }

  /** Of the strategies in force. */
  get tableRevision(): string | undefined {
    return this.#inForce?.tableRevision;
  }

  get isLoaded(): boolean {
    return this.#inForce !== undefined;
  }

  /** The store cannot be asked now: to ask for it again at once would bring nothing. */
  get isFailing(): boolean {
    return this.#failedAt !== undefined;
  }

  /** Ask again before the next round. */
  expire(): void {
    this.#askedAt = undefined;
  }

  /**
   * What is to be applied; `undefined`: what is in force stays so. Errors: the store's own, and
   * whatever it fails with as long as nothing is in force.
   */
  async next(signal: AbortSignal): Promise<StrategyLoad | undefined> {
    if (!this.#isDue()) return undefined;
    try {
      const loaded = await this.#load(signal);
      if (loaded === undefined) return undefined;
      this.#underWay = undefined;
      this.#failedAt = undefined;
      return loaded.revision === this.#inForce?.revision ? undefined : loaded;
    } catch (error) {
      this.#underWay = undefined;
      this.#askedAt = undefined;
      const isBroken = !isSynclineError(error) || error.code === "contract.broken";
      if (!isBroken || this.#inForce === undefined) throw error;
      this.#failedAt = this.#parts.now();
      return undefined;
    }
  }

  applied(load: StrategyLoad): void {
    this.#inForce = load;
  }

  close(): void {
    this.#unsubscribe?.();
  }

  #isDue(): boolean {
    const { now, refreshMs } = this.#parts;
    if (this.#failedAt !== undefined) return this.#inForce === undefined || now() - this.#failedAt >= refreshMs;
    if (this.#underWay !== undefined || this.#askedAt === undefined || this.#inForce === undefined) return true;
    const isTold = this.#unsubscribe !== undefined && this.#parts.tableRevision() === undefined;
    return !isTold && now() - this.#askedAt >= refreshMs;
  }

  /** One at a time; `undefined`: it goes on beside the rounds, and a later one takes what it gives. */
  async #load(signal: AbortSignal): Promise<StrategyLoad | undefined> {
    this.#underWay ??= this.#ask(signal);
    const asked = this.#underWay;
    if (asked.isLate && !asked.isSettled) return undefined;
    const isNeeded = this.#inForce === undefined;
    const limit = isNeeded ? signal : AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const loaded = await unlessAborted(asked.answer, limit);
    if (loaded !== undefined) return loaded;
    if (!signal.aborted) {
      asked.isLate = true;
      return undefined;
    }
    this.#underWay = undefined;
    throw new SynclineError("operation.aborted", "The strategies were not loaded in time.");
  }

  #ask(signal: AbortSignal): Asked {
    const { store, dictionary, inForce = dictionary, tableRevision, now } = this.#parts;
    // From before: what expires while the store answers is asked for again.
    this.#askedAt = now();
    const answer = loadStrategies(store, dictionary, signal, { known: this.#inForce, inForce }).then((loaded) => ({
      ...loaded,
      tableRevision: tableRevision(),
    }));
    const asked: Asked = { answer, isLate: false, isSettled: false };
    const settled = () => {
      asked.isSettled = true;
    };
    answer.then(settled, settled);
    return asked;
  }

  /**
   * A store that fails at it is asked again and again, as one that cannot tell. Its guard says that
   * it failed.
   */
  #subscribe(): (() => void) | undefined {
    try {
      return this.#parts.store.subscribe?.(() => this.expire());
    } catch {
      return undefined;
    }
  }
}

interface Asked {
  readonly answer: Promise<StrategyLoad>;
  isLate: boolean;
  isSettled: boolean;
}
