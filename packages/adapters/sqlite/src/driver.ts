/**
 * What of a connection the adapter uses: better-sqlite3's synchronous shape, which libsql has too. Only what both do
 * alike: named parameters (libsql takes several positional ones for a list, better-sqlite3 wants `?1` by name), and `all`
 * rather than `get` or `iterate`, after which libsql may leave a statement unfinished.
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
  /** Rows as arrays. */
  raw(): SqliteStatement;
  /** 64-bit integers as bigints. */
  safeIntegers(): SqliteStatement;
  columns(): readonly { readonly name: string }[];
}

/**
 * By name, without the `@`; names that the statement lacks are ignored. A number is bound as a double, which an integer's
 * column makes an integer again. Never a boolean: better-sqlite3 refuses it, and libsql 0.5 ends the process.
 */
export type Parameters = { readonly [name: string]: unknown };
