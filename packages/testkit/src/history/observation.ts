/** What the checker must know of a strategy: what its author wrote down, nothing of how it is carried out. */
export interface StrategyFacts {
  readonly name: string;
  readonly category: string;
  /** One delivery per change, in order per key (`coalesce: false`). */
  readonly strict: boolean;
  /** False: a call that may have landed must not be sent again. */
  readonly idempotent: boolean;
  /** What becomes of a key that the query no longer yields: the downstream hears of it, nobody does, or a person. */
  readonly whenAbsent: "delete" | "skip" | "dead";
  readonly maxAttempts: number;
}

/** One change that a business transaction recorded, as the database shows it: only if that transaction committed. */
export interface CommittedChange {
  /** Epoch milliseconds at which it was recorded: not later than its commit. */
  readonly at: number;
  readonly category: string;
  /** Canonical condition text. */
  readonly key: string;
  /** The mark that the transaction left in the rows it wrote. */
  readonly stamp: string;
}

export interface ArrivedItem {
  readonly deliveryId: string;
  /** Decimal digits. */
  readonly revision: string;
  readonly operation: "upsert" | "delete";
  readonly key: string;
  /** Canonical text of what came; `null` for a delete. */
  readonly content: string | null;
  /** The marks found in it. */
  readonly stamps: readonly string[];
  /** What the downstream answered: `unclear` where the caller cannot know whether it was applied. */
  readonly answer: "accepted" | "rejected" | "failed" | "unclear";
}

/** One call as a downstream logged it. */
export interface Arrival {
  /** Epoch milliseconds. */
  readonly at: number;
  /** When the answer was handed over, or the connection went away. */
  readonly endedAt: number;
  /** The caller went away before there was an answer. */
  readonly abandoned: boolean;
  readonly strategy: string;
  readonly items: readonly ArrivedItem[];
}

export interface ObservedDeadLetter {
  readonly strategy: string;
  readonly key: string;
  readonly state: "dead" | "held";
  /** Of the failure it died of: `lease.lapsed` and `query.absent` are Syncline's own. */
  readonly code: string;
}

/** The backlog of one strategy at one moment of the run. */
export interface BacklogSample {
  readonly at: number;
  readonly strategy: string;
  readonly deliveries: number;
  /** Distinct keys of its category that had been recorded, counted after `deliveries` was. */
  readonly changedKeys: number;
}

/** What the strategy's query yields on the source when all is quiet; `content` is `null` where it yields nothing. */
export interface SourceState {
  readonly strategy: string;
  readonly key: string;
  readonly content: string | null;
}

/** Everything that was seen of one run. The checker knows nothing else. */
export interface History {
  readonly strategies: readonly StrategyFacts[];
  readonly changes: readonly CommittedChange[];
  /** In any order: they are judged by `at`, since what was sent first may be read last. */
  readonly arrivals: readonly Arrival[];
  readonly deadLetters: readonly ObservedDeadLetter[];
  readonly samples: readonly BacklogSample[];
  readonly source: readonly SourceState[];
  /** Times in which a worker may have outlived its lease: order and overlap are not judged within them. */
  readonly overruns: readonly { readonly from: number; readonly to: number }[];
  /** Times in which workers were told to stop, and may have ended calls themselves whatever was answered. */
  readonly hangUps: readonly { readonly from: number; readonly to: number }[];
  /** How many leases of one delivery can have lapsed, by what happened to workers and database: each costs an attempt. */
  readonly lapses: number;
  /**
   * Connections that the downstream, or what happened to it, cut while a call may have been on its way: as many calls may
   * have come to an unclear end that no log shows.
   */
  readonly severed: number;
  /** What still moved when the wait for quiet was given up; undefined where all came to rest. */
  readonly unrest: string | undefined;
}

/** The promise that was broken. */
export type ViolationKind =
  | "not-equal"
  | "not-delivered"
  | "never-recorded"
  | "rolled-back"
  | "backwards"
  | "id-reused"
  | "id-changed"
  | "overlap"
  | "strict-incomplete"
  | "sent-again"
  | "unjustified-dead-letter"
  | "backlog"
  | "no-rest";

export interface Violation {
  readonly kind: ViolationKind;
  readonly strategy: string;
  readonly key: string;
  /** One sentence. */
  readonly message: string;
}
