import type { SqliteDatabase, SqliteStatement } from "./driver.ts";
import { translateError } from "./errors.ts";

export interface PreparedSelect {
  readonly columns: readonly string[];
  /** Takes `@limit$` besides the parameters of the text: no key field has a name like that. */
  readonly statement: SqliteStatement;
}

/**
 * Prepares what somebody else wrote, if it is one SELECT and nothing else.
 *
 * It must be right in brackets, where neither a PRAGMA nor a DELETE can stand, and right by itself, where a bracket that
 * ends those brackets cannot: libsql runs the first of several statements and never mentions the others. In this order,
 * since some PRAGMAs act when they are prepared. By itself it also has its columns' own names: a sub-query renames those
 * that are there twice.
 *
 * Errors: `query.invalid`.
 */
export function prepareSelect(database: SqliteDatabase, text: string): PreparedSelect {
  try {
    const statement = database.prepare(`SELECT * FROM (\n${text}\n) LIMIT @limit$`).raw().safeIntegers();
    return {
      columns: database
        .prepare(text)
        .columns()
        .map(({ name }) => name),
      statement,
    };
  } catch (error) {
    throw translateError(error, "query.invalid");
  }
}

/** SQLite's own plan of what `prepareSelect` prepares; nothing of it runs. Errors: `query.invalid`. */
export function planOf(database: SqliteDatabase, text: string): string {
  prepareSelect(database, text);
  const steps = database
    .prepare(`EXPLAIN QUERY PLAN SELECT * FROM (\n${text}\n) LIMIT @limit$`)
    .raw()
    .all({}) as readonly (readonly unknown[])[];
  const depths = new Map<unknown, number>([[0, 0]]);
  return steps
    .map(([id, parent, , detail]) => {
      const depth = depths.get(parent) ?? 0;
      depths.set(id, depth + 1);
      return `${"  ".repeat(depth)}${detail}`;
    })
    .join("\n");
}
