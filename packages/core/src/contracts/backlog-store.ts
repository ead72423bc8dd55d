import type { CategoryDefinition } from "../model/category-definition.ts";
import type { Change, ChangeOperation } from "../model/change.ts";
import type { OperatorRecord } from "./audit-log.ts";

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

/** Which dead letters: those that all of it fits. */
export interface DeadLetterFilter {
  readonly strategy?: string;
  /** What the canonical text of the key has in it. */
  readonly key?: string;
  /** Of the failure. */
  readonly kind?: string;
  /** Of the failure: `http.422`. */
  readonly code?: string;
  readonly state?: "dead" | "held";
  /** Died longer ago than so many milliseconds, by the database's clock. */
  readonly olderThanMs?: number;
}

export interface DeadLetterQuery extends DeadLetterFilter {
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

/** How many died of one cause. */
export interface DeadLetterCause {
  readonly strategy: string;
  readonly kind: string;
  readonly code: string;
  /** That of one of them. */
  readonly message: string;
  readonly count: number;
  /** So many of them are held for a person. */
  readonly held: number;
  /** Epoch milliseconds, database clock. */
  readonly oldestDiedAt: number;
  readonly newestDiedAt: number;
}

/** Which dead letters: by id, or what fits a filter that says something. */
export type DeadLetterSelection = { readonly ids: readonly string[] } | DeadLetterFilter;

/** As a `BacklogStore` is asked: by id, or all of a strategy. */
export type ChosenDeadLetters = { readonly ids: readonly string[] } | { readonly strategy: string };

/** Pointers to record for one strategy alone. */
export type Backfill =
  | { readonly strategy: string; readonly changes: readonly Change[] }
  | {
      readonly strategy: string;
      readonly category: CategoryDefinition;
      /** A SELECT whose columns are named as the category's fields. */
      readonly keys: string;
    };

/** One key of a category. */
export interface KeyQuery {
  readonly category: string;
  /** Canonical condition text. */
  readonly key: string;
  /** Whose deliveries are looked for. */
  readonly strategies: readonly string[];
  /** So many changes, and so many refused ones, are looked at: the oldest of the category. */
  readonly most: number;
}

/** A change that waits for dispatch, or was refused. Its condition is as it was recorded. */
export interface FoundChange {
  readonly condition: string;
  /** The only strategy that it is for: a backfill's. */
  readonly strategy: string | null;
  readonly ageMs: number;
  /** Why it was refused; `null`: it waits. */
  readonly reason: string | null;
}

/** A delivery of the key. */
export interface FoundDelivery {
  readonly id: string;
  readonly strategy: string;
  readonly state: "pending" | "dead" | "held";
  /** Somebody works on it. */
  readonly leased: boolean;
  /** Until it is due, or its lease ends; negative: since then. */
  readonly dueInMs: number;
  readonly operation: ChangeOperation;
  readonly attempts: number;
  /** Since the oldest change that it stands for. */
  readonly ageMs: number;
  /** The last one, if any. */
  readonly failure: DeadLetter["failure"] | undefined;
}

/** What is there of one key, and beside it what others of its category wait for dispatch. */
export interface KeyFindings {
  /** Of the category, whatever their key, by id. */
  readonly changes: readonly FoundChange[];
  readonly refused: readonly FoundChange[];
  /** Of the key, by strategy and then in the order in which they go out. */
  readonly deliveries: readonly FoundDelivery[];
}

/**
 * For operators. What changes something takes an `OperatorRecord`, which an adapter with an
 * `AuditLog` keeps in the same transaction, and any other leaves alone.
 */
export interface BacklogStore {
  status(signal: AbortSignal): Promise<BacklogStatus>;
  /** Without `causes`, core asks for pages by strategy alone, and filters them itself. */
  deadLetters(query: DeadLetterQuery, signal: AbortSignal): Promise<DeadLetterPage>;
  /**
   * What they died of, the most frequent first, 1,000 causes at most. It reads dead letters alone,
   * however much else waits. An adapter that has it filters pages as well.
   */
  causes?(filter: DeadLetterFilter, signal: AbortSignal): Promise<readonly DeadLetterCause[]>;
  /**
   * Where a key stands. Changes are looked at before deliveries, so that what is dispatched meanwhile
   * is in one of both. Waits for nobody, changes nothing. Without this member, nobody can tell.
   */
  find?(query: KeyQuery, signal: AbortSignal): Promise<KeyFindings>;
  /** Make dead or held ones due now with fresh attempts and the next epoch. Returns how many. */
  requeue(selection: ChosenDeadLetters, signal: AbortSignal, record?: OperatorRecord): Promise<number>;
  /** Forget dead or held ones. Returns how many. */
  discard(selection: ChosenDeadLetters, signal: AbortSignal, record?: OperatorRecord): Promise<number>;
  /** No worker claims the strategy until it is resumed; its changes go on folding. Survives restarts. Repeatable. */
  pause(strategy: string, signal: AbortSignal, record?: OperatorRecord): Promise<void>;
  resume(strategy: string, signal: AbortSignal, record?: OperatorRecord): Promise<void>;
  /** Returns how many pointers were recorded. Errors: `query.invalid`, `query.data`. */
  backfill(backfill: Backfill, signal: AbortSignal, record?: OperatorRecord): Promise<number>;
  /** Put refused changes of these categories back into the change table. Returns how many. */
  readmit(categories: readonly string[], signal: AbortSignal): Promise<number>;
}
