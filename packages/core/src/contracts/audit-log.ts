/** Who acts, and why. Kept with what was done: see `Pipeline.audit`. */
export interface OperatorNote {
  /** A name of 200 characters at most. Default: the login that the database knows. */
  readonly actor?: string;
  /** A sentence of 1,000 characters at most. */
  readonly reason?: string;
}

/** What an operator does. `edit-strategy` is an edit of the table of strategies, whoever makes it; `apply` puts
 * and removes definitions together; `make-live` ends a shadow. */
export type OperatorAction =
  | "requeue"
  | "discard"
  | "pause"
  | "resume"
  | "backfill"
  | "pause-backfill"
  | "resume-backfill"
  | "cancel-backfill"
  | "move-stranded"
  | "discard-stranded"
  | "edit-strategy"
  | "apply"
  | "make-live";

/** What is kept of an action, in the transaction that does it. */
export interface OperatorRecord {
  readonly action: OperatorAction;
  /** `null`: the login. */
  readonly actor: string | null;
  readonly reason: string | null;
  readonly strategy: string | null;
  /** JSON in ASCII, of 2,000 characters at most. */
  readonly selection: string;
}

/** What was done, in one transaction: what takes several is an entry for each. */
export interface AuditEntry {
  /** Decimal digits. */
  readonly id: string;
  /** Epoch milliseconds, database clock. */
  readonly at: number;
  /** As given, or the login. */
  readonly actor: string;
  readonly action: string;
  readonly strategy: string | null;
  readonly reason: string | null;
  /** What it was done to, as JSON: `{"code":"http.422"}`, `{"ids":["7","8"],"more":998}`. */
  readonly selection: string;
  /** How many that were; `null` where it was not yet known. */
  readonly count: number | null;
}

export interface AuditQuery {
  readonly action?: string;
  readonly strategy?: string;
  /** Default 100, at most 1,000. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface AuditPage {
  /** Newest first. */
  readonly items: readonly AuditEntry[];
  readonly next: string | undefined;
}

/**
 * What operators have done. An adapter that has it keeps each `OperatorRecord` that it is given in
 * the transaction of the action itself: either both are there, or neither. Entries are kept for 400
 * days, and can be changed or deleted by nobody who may act.
 */
export interface AuditLog {
  /** Errors: as of `Poller`; `config.invalid` for an `after` that no page gave. */
  list(query: AuditQuery, signal: AbortSignal): Promise<AuditPage>;
}
