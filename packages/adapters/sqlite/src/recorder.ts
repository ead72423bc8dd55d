import { changesJson, hasMethod } from "@syncline/core/adapter-kit";
import { type Change, type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import type { SqliteDatabase } from "./driver.ts";
import { translateError } from "./errors.ts";

/** Runs one statement on the transaction of a library: its only parameter is written `?`. */
export interface SqliteExecutor {
  run(text: string, value: string): unknown;
}

/**
 * What changes are recorded on: a connection of better-sqlite3 or libsql that is in a transaction, or what `@syncline/sqlite/transactions`
 * makes of a library's.
 */
export type SqliteTransaction = SqliteDatabase | SqliteExecutor;

const insert = (changes: string) => `INSERT INTO syncline_change (category, condition, operation, traceparent)
SELECT value ->> 'c', value ->> 'k', value ->> 'o', value ->> 't' FROM json_each(${changes}) ORDER BY key`;
const byName = insert("@changes");
const byPlace = insert("?");

/**
 * Records within the caller's transaction, and throws if it cannot: for `database.transaction(() => …)` of a driver and of
 * Drizzle, which commit when their function returns and so would not wait for a promise that rejects.
 *
 * Errors: `recorder.connection` for what is in no transaction, or of a library that answers later.
 */
export function recordNow(tx: SqliteTransaction, changes: readonly Change[]): void {
  const answer = recordOn(tx, changes);
  if (!hasMethod(answer, "then")) return;
  Promise.resolve(answer).catch(() => {});
  throw new SynclineError(
    "recorder.connection",
    "recordNow() got a transaction whose statements run later: await recorder.record() instead.",
  );
}

/** For transactions that may stay open over an `await`: those of most libraries, and who says BEGIN and COMMIT himself. */
export const sqliteRecorder: ChangeRecorder<SqliteTransaction> = {
  record: async (tx, changes) => {
    try {
      await recordOn(tx, changes);
    } catch (error) {
      throw translateError(error);
    }
  },
};

function recordOn(tx: SqliteTransaction, changes: readonly Change[]): unknown {
  const run = statementOn(tx);
  try {
    return run(changesJson(changes));
  } catch (error) {
    throw translateError(error);
  }
}

/** A change recorded outside of the business transaction is one that a rollback does not take back. */
function statementOn(tx: SqliteTransaction): (changes: string) => unknown {
  if (isDatabase(tx)) {
    if (tx.inTransaction === true) return (changes) => tx.prepare(byName).run({ changes });
    throw refused("got a connection that is not in a transaction. Run BEGIN first.");
  }
  if (hasMethod(tx, "run")) return (changes) => tx.run(byPlace, changes);
  throw refused(
    "needs the connection that the transaction runs on: a database of better-sqlite3 or libsql, or what a function of @syncline/sqlite/transactions makes of a library's transaction.",
  );
}

function isDatabase(tx: unknown): tx is SqliteDatabase {
  return typeof tx === "object" && tx !== null && "prepare" in tx && "inTransaction" in tx;
}

function refused(why: string): SynclineError {
  return new SynclineError("recorder.connection", `record() ${why}`);
}
