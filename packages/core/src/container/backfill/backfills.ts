import type { OperatorNote } from "../../contracts/audit-log.ts";
import type { BackfillJob } from "../../contracts/backfill-store.ts";

/** How fast a backfill may be. */
export interface BackfillPace {
  /** Keys per second, at most. Default: as fast as the database takes them. */
  readonly rate?: number;
  /** Wait while so many keys of the strategy wait to be delivered. Default: never. */
  readonly maxWaiting?: number;
  /** Keys of one transaction, at most. Default 1,000. */
  readonly chunk?: number;
}

export interface BackfillOptions extends BackfillPace {
  /**
   * A SELECT whose columns are named as the category's fields. It is asked anew for each chunk, so it
   * must not depend on chance. Default: all keys of the table that the strategy's category names.
   */
  readonly keys?: string;
}

/** A backfill, and how it gets on. What is told of a total, and of the time left, is an estimate. */
export interface BackfillReport extends BackfillJob {
  /** Somebody drives it now. One that is `running` and is not driven has lost its process: resume it. */
  readonly driven: boolean;
  /** Since it was begun or resumed; `null` before the first chunk. */
  readonly keysPerSecond: number | null;
  /** `null`: there is no estimate of the total, or it has been passed, or nobody drives it. */
  readonly estimatedLeftMs: number | null;
}

/** A backfill that this process drives: chunk by chunk, until it is over, paused, or the pipeline stops. */
export interface DrivenBackfill {
  readonly id: string;
  /**
   * How it stands when this process drives it no longer. Errors: `backfill.running` where another
   * process has taken it over; `database.unavailable` and the like after ten minutes of them.
   */
  readonly ended: Promise<BackfillReport>;
  /** Called after each chunk, and while nothing can be done. Returns how to stop. */
  onProgress(listener: (progress: BackfillProgress) => void): () => void;
}

export interface BackfillProgress {
  readonly report: BackfillReport;
  /** Why nothing is recorded at the moment; `undefined`: something is. */
  readonly waitsFor?: "the strategy's backlog" | "the database";
}

/**
 * Backfills in chunks that are kept in the database, and go on where they stood. Errors of any
 * member: `config.invalid`, also where the database's adapter keeps none; `backfill.unknown`.
 */
export interface Backfills {
  /** Errors: also `strategy.unknown`, `query.invalid`, `query.data`. */
  start(strategy: string, options?: BackfillOptions, by?: OperatorNote): Promise<DrivenBackfill>;
  /**
   * Go on with one that is paused, has failed, or has lost its process, here. What is given of its
   * pace is its pace from now on. Errors: also `backfill.running`; `backfill.state` where it is
   * over, or its category's key fields, or the order of its keys, are not what they were.
   */
  resume(id: string, pace?: BackfillPace, by?: OperatorNote): Promise<DrivenBackfill>;
  /** Whoever drives it, it stops after the chunk under way at the latest. Errors: also `backfill.state`. */
  pause(id: string, by?: OperatorNote): Promise<BackfillReport>;
  /** For good. What it has recorded is delivered all the same. Errors: also `backfill.state`. */
  cancel(id: string, by?: OperatorNote): Promise<BackfillReport>;
  /** The newest first. */
  list(query?: { readonly limit?: number }): Promise<readonly BackfillReport[]>;
  show(id: string): Promise<BackfillReport>;
}
