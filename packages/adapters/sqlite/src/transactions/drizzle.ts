import { hasMethod, notInTransaction } from "@syncline/core/adapter-kit";
import type { SqliteExecutor } from "../recorder.ts";

/** A transaction of Drizzle on SQLite, whatever its driver. */
export interface DrizzleTransaction<Query> {
  /** On better-sqlite3 it has run when it returns; on other drivers it is a promise. */
  run(query: Query): unknown;
  /** Only a transaction has it. */
  rollback(): never;
}

/** The `sql` of `drizzle-orm`. */
export type DrizzleSql<Query> = (texts: TemplateStringsArray, ...values: unknown[]) => Query;

/**
 * Record on a transaction of Drizzle: on better-sqlite3 by `recordNow`, as Drizzle itself works there without waiting. It takes
 * Drizzle's own `sql` too, since only that can make a statement with parameters. Errors: `recorder.connection` if it is no
 * transaction.
 */
export function drizzleTransaction<Query>(tx: DrizzleTransaction<Query>, sql: DrizzleSql<Query>): SqliteExecutor {
  if (!hasMethod(tx, "run") || !hasMethod(tx, "rollback"))
    throw notInTransaction("drizzleTransaction", "the tx that db.transaction((tx) => …) gives");
  return {
    run: (text, value) => {
      const texts = text.split("?");
      try {
        const answer = tx.run(sql(Object.assign([...texts], { raw: texts }), value));
        return hasMethod(answer, "then") ? Promise.resolve(answer).catch(rethrow) : answer;
      } catch (error) {
        return rethrow(error);
      }
    },
  };
}

/** Drizzle wraps what the driver throws. */
function rethrow(error: unknown): never {
  throw error instanceof Error && error.cause !== undefined ? error.cause : error;
}
