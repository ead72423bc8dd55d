/**
 * What of a connection the adapter uses: better-sqlite3's synchronous shape, which libsql has too. Only what both do
 * alike: named parameters (libsql takes several positional ones for a list, better-sqlite3 wants `?1` by name), rows as
 * arrays, and `all` rather than `get` or `iterate`, after which libsql leaves a statement unfinished.
 */
export interface SqliteDatabase {
  prepare(text: string): SqliteStatement;
  exec(text: string): unknown;
  close(): unknown;
  readonly inTransaction: boolean;
}

export interface SqliteStatement {
  run(parameters: Parameters): { readonly changes: number };
  all(parameters: Parameters): unknown[];
  raw(): SqliteStatement;
  /** 64-bit integers as bigints. */
  safeIntegers(): SqliteStatement;
  columns(): readonly { readonly name: string }[];
}

/** Never a boolean: better-sqlite3 refuses it, and libsql 0.5 ends the process. */
export type Value = string | number | bigint | null;

/** By name, without the `@`. A number is bound as a double; an integer's column makes it an integer again. */
export type Parameters = { readonly [name: string]: Value };

/** Integers are bigints. */
export type Row = readonly (Value | Uint8Array)[];
