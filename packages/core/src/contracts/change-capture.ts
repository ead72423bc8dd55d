import type { CategoryDefinition } from "../model/category-definition.ts";
import type { CategorySource } from "../model/category-source.ts";

/** Whose changes are captured: a category, and a table whose rows its keys stand in. */
export interface CaptureTarget {
  readonly category: CategoryDefinition;
  /** The category's own, or another table that belongs to it: the lines of an order. */
  readonly source: CategorySource;
}

export interface CaptureTrigger {
  /** As SQL names it. */
  readonly table: string;
  readonly name: string;
}

export interface CaptureReport {
  readonly category: string;
  /** As SQL names it. */
  readonly table: string;
  /**
   * - `installed`: every change is recorded, except for what `uncaptured` says;
   * - `absent`: there is no trigger;
   * - `drifted`: what is there is not what `install` would make. Changes may be lost.
   */
  readonly state: "installed" | "absent" | "drifted";
  readonly triggers: readonly CaptureTrigger[];
  /** Why the state is `drifted`, a sentence each. */
  readonly drift: readonly string[];
  /** What changes rows and fires no trigger, or records no key: a sentence each. */
  readonly uncaptured: readonly string[];
  /**
   * Of `install` and `remove`: what was run, in order, in one transaction. Of `show`: what
   * `install` would run, for whoever has the rights that this login has not.
   */
  readonly statements: readonly string[];
}

/**
 * Triggers that record changes, whoever makes them: each key that a statement inserts, updates or
 * deletes once, in the transaction that changes it; of a key that changes, the old one and the new
 * one. Who changes rows needs no right on Syncline's tables.
 *
 * Errors of any member: `config.invalid`, with everything that is wrong with the source;
 * `database.failed` where the login may not, `database.busy` where a lock is not to be had in
 * seconds; `database.unavailable`, `database.schema`, `operation.aborted`.
 */
export interface ChangeCapture {
  /** Bring the triggers to the state `installed`. What is as it should be is not touched. Repeatable. */
  install(target: CaptureTarget, signal: AbortSignal): Promise<CaptureReport>;
  /** Changes nothing. */
  show(target: CaptureTarget, signal: AbortSignal): Promise<CaptureReport>;
  /** Drop the triggers of this category from the table and its partitions. Repeatable. */
  remove(target: CaptureTarget, signal: AbortSignal): Promise<CaptureReport>;
}
