/**
 * - `ok`: it was looked at, and is as it should be.
 * - `warn`: it works, and will trouble somebody: at night, under load, in the wrong hands.
 * - `error`: something cannot work, or loses what it should keep.
 * - `unknown`: it could not be looked at. Never taken for `ok`.
 */
export type FindingLevel = "ok" | "warn" | "error" | "unknown";

/** One thing that was looked at. No secrets: neither passwords nor what rows hold. */
export interface Finding {
  /** What was looked at, in a word that stays the same: `schema`, `drift`, `clock`, `rights`. */
  readonly check: string;
  readonly level: FindingLevel;
  /** Where: a table, an index, a role, a setting. */
  readonly at: string;
  /** What was seen there: a sentence. */
  readonly message: string;
  /** Why it matters: a sentence. */
  readonly why?: string;
  /** What mends it, in order: statements of the database or commands, without a place to fill in where possible. */
  readonly remedy?: readonly string[];
}

/**
 * Who does what with the database, each with no more rights than it needs: `worker` works and operates, `recorder` records
 * changes, `reader` runs strategies' queries, `editor` edits strategies, `monitor` only looks.
 */
export type DatabaseRole = "worker" | "recorder" | "reader" | "editor" | "monitor";

export const databaseRoles: readonly DatabaseRole[] = ["worker", "recorder", "reader", "editor", "monitor"];

export interface DiagnosisRequest {
  /** The database's name of each role whose rights are to be looked at. Others are found as well as can be. */
  readonly roles?: { readonly [Role in DatabaseRole]?: string };
}

/** Looks at the database and at Syncline's part of it. Changes nothing. */
export interface Diagnosis {
  /**
   * Everything that was looked at, what is well included: what is not told was not looked at. A look that fails, for lack
   * of a right or of time, is a finding `unknown` and keeps no other from being told. At least `server` (its version),
   * `schema` (that of our tables) and `clock` (the database's against this machine's) are told. Each finding that is
   * `warn` or `error` says why it matters.
   *
   * Errors: `database.unavailable`, `operation.aborted`.
   */
  examine(request: DiagnosisRequest, signal: AbortSignal): Promise<readonly Finding[]>;
}
