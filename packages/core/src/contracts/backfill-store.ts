import type { CategoryDefinition } from "../model/category-definition.ts";
import type { OperatorRecord } from "./audit-log.ts";

/**
 * - `running`: somebody drives it, or did until its process ended: see `leaseMs`.
 * - `failed`: `error` says why; once that is mended, it goes on where it stood.
 */
export type BackfillState = "running" | "paused" | "done" | "failed" | "cancelled";

/** A backfill that is kept: what it sends, how far it is, who drives it. Times in epoch milliseconds, database clock. */
export interface BackfillJob {
  /** Decimal digits. */
  readonly id: string;
  readonly state: BackfillState;
  readonly strategy: string;
  readonly category: string;
  /** The category's key fields as they were when it began, as JSON: `[["orderId","bigint"]]`. */
  readonly fields: string;
  /** The SELECT of its keys. */
  readonly keys: string;
  /** It is all keys of the table that the category names. */
  readonly allKeys: boolean;
  /** What the keys are ordered by, as the database says it. Another order has another place for `position`. */
  readonly keyOrder: string;
  /** The last key that is done, as the database writes it; `null` before the first. */
  readonly position: string | null;
  /** Keys recorded. */
  readonly done: number;
  /** Rows that can be no key, and were left out: without a value, or with one that its field cannot have. */
  readonly refused: number;
  /** How many keys the database took there to be when it began: an estimate. `null`: it cannot tell. */
  readonly estimatedTotal: number | null;
  /** Whether an index has the keys in their order: without one, each chunk reads and sorts all of them. */
  readonly byIndex: boolean | null;
  /** Keys of one transaction, at most. */
  readonly chunk: number;
  /** Keys per second, at most. */
  readonly rate: number | null;
  /** It waits while so many keys of the strategy wait. */
  readonly maxWaiting: number | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly startedAt: number;
  /** When it was last begun or resumed, and what was done then. */
  readonly drivenAt: number;
  readonly drivenFrom: number;
  /** When the last chunk was recorded, or the state changed. */
  readonly changedAt: number;
  readonly error: string | null;
  /** Until the lease of whoever drives it ends; 0: nobody does. */
  readonly leaseMs: number;
}

/** What bounds a backfill. `null`: nothing does. */
export interface BackfillThrottle {
  readonly chunk: number;
  readonly rate: number | null;
  readonly maxWaiting: number | null;
}

/** Whose it is, for how long from now. */
export interface BackfillLease {
  /** A UUID. */
  readonly owner: string;
  readonly durationMs: number;
}

export interface KeysExamined {
  readonly keyOrder: string;
  readonly estimatedTotal: number | null;
  readonly byIndex: boolean | null;
}

export interface NewBackfill extends KeysExamined, BackfillThrottle {
  readonly strategy: string;
  readonly category: string;
  readonly fields: string;
  readonly keys: string;
  readonly allKeys: boolean;
}

/** The keys of one chunk. */
export interface BackfillChunk {
  /** Keys recorded. */
  readonly recorded: number;
  readonly refused: number;
  /** Nothing comes behind it: the backfill is done. */
  readonly isLast: boolean;
}

/**
 * Backfills that are kept, and go on where they stood. Every member that takes a record keeps it in
 * the same transaction, where the adapter has an `AuditLog`. A lease is by the database's clock; one
 * that ends later than any lease does is a clock's fault, and counts as ended.
 */
export interface BackfillStore {
  /**
   * Looks at the SELECT, and records nothing. Errors: `query.invalid`, `query.data`, also where its
   * rows cannot be put in the order of their keys.
   */
  examine(category: CategoryDefinition, keys: string, signal: AbortSignal): Promise<KeysExamined>;
  /** Keeps a backfill of `running`, with this lease. Returns its id. */
  begin(backfill: NewBackfill, lease: BackfillLease, signal: AbortSignal, record: OperatorRecord): Promise<string>;
  /** The newest first; with an id, that one alone. */
  list(query: { readonly id?: string; readonly limit: number }, signal: AbortSignal): Promise<readonly BackfillJob[]>;
  /**
   * Leases one that is paused, failed, or whose lease has ended: it is `running` then. What is given
   * of the throttle takes the place of what was. False where it is none of these, or somebody was
   * first.
   */
  take(
    id: string,
    lease: BackfillLease,
    throttle: Partial<BackfillThrottle>,
    signal: AbortSignal,
    record?: OperatorRecord,
  ): Promise<boolean>;
  /** False: it is not `running` any more, or another's. */
  renew(id: string, lease: BackfillLease, signal: AbortSignal): Promise<boolean>;
  /**
   * Records the keys behind `job.position`, `limit` of them, or as many more as are equal in the
   * order of the last; and in the same transaction where it stands now. What is last makes it `done`,
   * and counts all rows without a key as refused. `undefined`: it is not `running` any more, another's,
   * or stands elsewhere; then nothing was recorded. Errors: `query.invalid`, `query.data`.
   */
  record(
    job: BackfillJob,
    category: CategoryDefinition,
    lease: BackfillLease,
    limit: number,
    signal: AbortSignal,
  ): Promise<BackfillChunk | undefined>;
  /** Ends the lease, and with a text, makes it `failed`. Nothing happens to what is another's. */
  release(id: string, owner: string, error: string | null, signal: AbortSignal): Promise<void>;
  /** What is `running`. False where it is not. */
  pause(id: string, signal: AbortSignal, record: OperatorRecord): Promise<boolean>;
  /** What is not over. False where it is. */
  cancel(id: string, signal: AbortSignal, record: OperatorRecord): Promise<boolean>;
  /** How many keys of the strategy wait: deliveries, and changes of a backfill. `most`, if there are more. */
  waiting(strategy: string, most: number, signal: AbortSignal): Promise<number>;
}
