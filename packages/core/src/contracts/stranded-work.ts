import type { OperatorRecord } from "./audit-log.ts";

/** What a strategy owes that no running worker has. */
export interface StrandedBacklog {
  readonly strategy: string;
  /** Neither dead nor held, whether due or not. */
  readonly pending: number;
  /** Of the pending, those under a lease that holds: somebody does work on them. */
  readonly leased: number;
  readonly dead: number;
  /** Held for a person: may have been acted upon. */
  readonly held: number;
  /** Since the oldest change recorded that any of them stands for, by the database's clock. */
  readonly oldestAgeMs: number;
  /** One of its keys: canonical condition text. */
  readonly key: string;
}

/** Which deliveries of a strategy, and at most how many of them in one transaction. */
export interface StrandedPortion {
  readonly strategy: string;
  /** Held ones, too. */
  readonly withHeld: boolean;
  readonly most: number;
}

/** Where to: a strategy, and the category that its keys are of. */
export interface StrandedTarget {
  readonly strategy: string;
  readonly category: string;
}

/**
 * What a renamed or removed strategy has left behind: which strategies running workers have, and
 * what is there for others.
 *
 * Errors of any member: as of `Poller`. An `OperatorRecord` is kept as by `BacklogStore`, where
 * anything was taken.
 */
export interface StrandedWork {
  /**
   * Says that this worker lives and has these strategies, until `lapseMs` from now by the
   * database's clock; without strategies: that it has none any more. Returns those that the other
   * living workers have, each once. Core guarantees: `worker` is a UUID, names are unique, of 64
   * characters of ASCII at most.
   */
  attend(
    worker: string,
    strategies: readonly string[],
    lapseMs: number,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /**
   * Every strategy that has a delivery and is none of `known`, by name. It must not read the
   * deliveries of those.
   */
  list(known: readonly string[], signal: AbortSignal): Promise<readonly StrandedBacklog[]>;
  /**
   * In one transaction: record a change for `target` alone for each delivery of the portion, with
   * its key, operation and `firstRecordedAt`, and delete these deliveries. The changes of a key are
   * recorded in the order of its deliveries. Never takes what is leased, nor waits for a row that
   * somebody has locked. Returns how many; 0: nothing is left that could be taken.
   */
  move(portion: StrandedPortion, target: StrandedTarget, signal: AbortSignal, record?: OperatorRecord): Promise<number>;
  /** The same without recording any change. */
  discard(portion: StrandedPortion, signal: AbortSignal, record?: OperatorRecord): Promise<number>;
}
