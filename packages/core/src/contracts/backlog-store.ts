import type { CategoryDefinition } from "../model/category-definition.ts";
import type { Change, ChangeOperation } from "../model/change.ts";

/** The deliveries of one strategy. Ages in milliseconds by the database's clock. */
export interface StrategyBacklog {
  readonly strategy: string;
  /** Due now, neither leased nor blocked. */
  readonly due: number;
  /** Due, but behind a dead or held delivery of the same key: `coalesce: false` only. */
  readonly blocked: number;
  /** Waiting for a back-off or a quiet window. */
  readonly waiting: number;
  readonly leased: number;
  readonly dead: number;
  /** Held for a person: may have been acted upon. */
  readonly held: number;
  /** Since the oldest change recorded that is not yet delivered (dead and held ones not counted); 0 if none. */
  readonly oldestAgeMs: number;
  readonly paused: boolean;
}

export interface BacklogStatus {
  /** Changes recorded and not yet dispatched. */
  readonly changes: number;
  readonly oldestChangeAgeMs: number;
  /** Changes kept apart because they fit no category. */
  readonly refused: number;
  /** Every strategy that has a delivery or is paused. */
  readonly strategies: readonly StrategyBacklog[];
}

export interface DeadLetter {
  /** The delivery's id: decimal digits. */
  readonly id: string;
  readonly strategy: string;
  /** Canonical condition text. */
  readonly key: string;
  readonly state: "dead" | "held";
  readonly operation: ChangeOperation;
  readonly attempts: number;
  readonly epoch: number;
  readonly failure: { readonly kind: string; readonly code: string; readonly message: string };
  /** Epoch milliseconds, database clock. */
  readonly diedAt: number;
}

export interface DeadLetterQuery {
  readonly strategy?: string;
  /** Default 100, at most 1,000. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface DeadLetterPage {
  /** By id, oldest first. */
  readonly items: readonly DeadLetter[];
  readonly next: string | undefined;
}

/** Which dead letters: by id, or all of a strategy. */
export type DeadLetterSelection = { readonly ids: readonly string[] } | { readonly strategy: string };

/** Pointers to record for one strategy alone. */
export type Backfill =
  | { readonly strategy: string; readonly changes: readonly Change[] }
  | {
      readonly strategy: string;
      readonly category: CategoryDefinition;
      /** A SELECT whose columns are named as the category's fields. */
      readonly keys: string;
    };

/** For operators. */
export interface BacklogStore {
  status(signal: AbortSignal): Promise<BacklogStatus>;
  deadLetters(query: DeadLetterQuery, signal: AbortSignal): Promise<DeadLetterPage>;
  /** Make dead or held ones due now with fresh attempts and the next epoch. Returns how many. */
  requeue(selection: DeadLetterSelection, signal: AbortSignal): Promise<number>;
  /** Forget dead or held ones. Returns how many. */
  discard(selection: DeadLetterSelection, signal: AbortSignal): Promise<number>;
  /** No worker claims the strategy until it is resumed; its changes go on folding. Survives restarts. Repeatable. */
  pause(strategy: string, signal: AbortSignal): Promise<void>;
  resume(strategy: string, signal: AbortSignal): Promise<void>;
  /** Returns how many pointers were recorded. Errors: `query.invalid`, `query.data`. */
  backfill(backfill: Backfill, signal: AbortSignal): Promise<number>;
  /** Put refused changes of these categories back into the change table. Returns how many. */
  readmit(categories: readonly string[], signal: AbortSignal): Promise<number>;
}
