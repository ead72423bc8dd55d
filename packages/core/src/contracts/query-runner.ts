import type { WireValue } from "../model/wire.ts";

/** A statement and the values of its parameters, in order. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/** Rows as arrays: cheaper than objects, and duplicate column names survive to be refused. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly WireValue[])[];
}

export interface QueryLimits {
  /** For the whole of the statements, enforced by the database where it can. */
  readonly timeoutMs: number;
  /** For each statement; more is `query.row-limit`, and no more than that is ever held in memory. */
  readonly maxRows: number;
  /**
   * For all statements together, in bytes as the database sends them; more is `query.byte-limit`, thrown as soon as it is
   * known and not when all has been read: it bounds what wide rows may take in memory. Absent: no limit.
   */
  readonly maxBytes?: number;
  /** How 64-bit integers and decimals travel. */
  readonly numbers: "string" | "number";
}

/** Runs composed statements where they can do no harm. */
export interface QueryRunner {
  /**
   * Run the statements in one read-only snapshot that starts after the call and ends before it returns. One result per
   * statement, in order.
   *
   * Errors: `query.invalid` (no such column, syntax, no privilege: the template's fault), `query.data` (a value's
   * fault: a cast, a division), `query.timeout`, `query.row-limit`, `query.byte-limit`, `query.refused` (it tried to write),
   * `database.unavailable`, `database.busy`, `operation.aborted`.
   */
  run(statements: readonly Statement[], limits: QueryLimits, signal: AbortSignal): Promise<readonly QueryResult[]>;
}
