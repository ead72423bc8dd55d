/** What a strategy of the table was from then on, until the next version. */
export interface StrategyVersion {
  readonly strategy: string;
  /** From 1. Goes on where a strategy is deleted and made again. */
  readonly version: number;
  /** Epoch milliseconds, database clock. */
  readonly at: number;
  /** As the editing session called itself, or its login; empty where the database knows neither. */
  readonly author: string;
  readonly change: "created" | "changed" | "deleted";
  /** JSON; of a deleted one, what it was at last. */
  readonly definition: string;
  readonly enabled: boolean;
}

export interface StrategyHistoryQuery {
  /** Default 20, at most 500. */
  readonly limit?: number;
  /** Versions before this one alone. */
  readonly before?: number;
}

/**
 * Who changed which strategy of the table, and when: kept by the database whoever edits it, in the
 * edit's own transaction. What an edit leaves as it was is no version. The newest 500 of each
 * strategy are kept.
 */
export interface StrategyHistory {
  /** Newest first. Errors: as of `Poller`. */
  list(strategy: string, query: StrategyHistoryQuery, signal: AbortSignal): Promise<readonly StrategyVersion[]>;
}
