import { changesJson } from "@syncline/core/adapter-kit";
import { type Change, type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import type { SqliteDatabase } from "./driver.ts";
import { translateError } from "./errors.ts";

const insert = `INSERT INTO syncline_change (category, condition, operation)
SELECT value ->> 'c', value ->> 'k', value ->> 'o' FROM json_each(@changes) ORDER BY key`;

/**
 * Records within the caller's transaction, and throws if it cannot: for `database.transaction(() => …)`, which commits
 * when its function returns and so would not wait for a promise that rejects.
 */
export function recordNow(tx: SqliteDatabase, changes: readonly Change[]): void {
  const why = whyNoTransaction(tx);
  if (why !== undefined) throw new SynclineError("recorder.connection", why);
  try {
    tx.prepare(insert).run({ changes: changesJson(changes) });
  } catch (error) {
    throw translateError(error);
  }
}

/** For applications that BEGIN and COMMIT by themselves. */
export const sqliteRecorder: ChangeRecorder<SqliteDatabase> = {
  record: async (tx, changes) => recordNow(tx, changes),
};

/** A change recorded outside of the business transaction is one that a rollback does not take back. */
function whyNoTransaction(tx: unknown): string | undefined {
  if (typeof tx !== "object" || tx === null || !("prepare" in tx) || !("inTransaction" in tx))
    return "record() needs the connection that the transaction runs on: a database of better-sqlite3 or libsql.";
  return tx.inTransaction === true
    ? undefined
    : "record() got a connection that is not in a transaction. Run BEGIN first.";
}
