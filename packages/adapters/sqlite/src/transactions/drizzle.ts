import { type DrizzleSql, drizzleError, hasMethod, onDrizzle } from "@syncline/core/adapter-kit";
import type { SqliteExecutor } from "../recorder.ts";

export type { DrizzleSql } from "@syncline/core/adapter-kit";

/** A transaction of Drizzle on SQLite, whatever its driver. */
export interface DrizzleTransaction<Query> {
  /** On better-sqlite3 it has run when it returns; on other drivers it is a promise. */
  run(query: Query): unknown;
  /** Only a transaction has it. */
  rollback(): never;
}

/**
 * Record on a transaction of Drizzle: on better-sqlite3 by `recordNow`, as Drizzle itself works there without waiting. It takes
 * Drizzle's own `sql` too. Errors: `recorder.connection` if it is no transaction.
 */
export function drizzleTransaction<Query>(tx: DrizzleTransaction<Query>, sql: DrizzleSql<Query>): SqliteExecutor {
  const queryOf = onDrizzle(tx, "run", sql);
  return {
    run: (text, value) => {
      try {
        const answer = tx.run(queryOf(text.split("?"), [value]));
        return hasMethod(answer, "then") ? Promise.resolve(answer).catch(rethrow) : answer;
      } catch (error) {
        return rethrow(error);
      }
    },
  };
}

function rethrow(error: unknown): never {
  throw drizzleError(error);
}
