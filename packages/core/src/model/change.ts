import type { Condition } from "./condition.ts";

/** What happened to the data, as far as the recorder knew. A hint: what a strategy's query sees decides. */
export type ChangeOperation = "upsert" | "delete";

/** A validated change, ready to be recorded: where the changed data is, never the data. */
export interface Change {
  readonly category: string;
  readonly condition: Condition;
  /** The canonical JSON text of `condition`, at most 400 characters: what is stored, and what folds. */
  readonly key: string;
  readonly operation: ChangeOperation;
  /**
   * W3C trace context of what led to it: stored beside it, for telemetry alone. Core drops what is
   * malformed.
   */
  readonly traceparent?: string | null;
}

/**
 * A row of the change table as a poller found it. Any program may have written it (an SQL function, a trigger), so
 * nothing about it is checked yet: core canonicalises the condition and refuses what does not fit the dictionary.
 */
export interface RecordedChange {
  /** The change's id: decimal digits. */
  readonly id: string;
  readonly category: string;
  /** The condition's JSON text, in whatever spelling it was recorded. */
  readonly condition: string;
  readonly operation: string;
  /** Set by a backfill: only this strategy is to see the change. */
  readonly strategy: string | null;
  /** Database clock, epoch milliseconds. */
  readonly recordedAt: number;
  /** As it was recorded, well-formed or not. */
  readonly traceparent?: string | null;
}

/** A recorded change that fits no known category. It is kept apart, not lost: see `BacklogStore.readmit`. */
export interface RefusedChange {
  readonly change: RecordedChange;
  /** One sentence. */
  readonly reason: string;
}
