import type { Change } from "../model/change.ts";

/**
 * Writes changes inside the caller's own transaction.
 *
 * `Tx` is whatever the adapter can run a statement on: a driver's client inside a transaction, an ORM's transaction.
 */
export interface ChangeRecorder<Tx> {
  /**
   * Core guarantees: at least one change; each is validated, its `key` canonical.
   * Owed: one statement with one round trip, whatever the number of changes; no BEGIN, COMMIT, session setting or
   * other statement on `tx`; rejects with `recorder.connection` if `tx` cannot be inside a transaction (a pool).
   */
  record(tx: Tx, changes: readonly Change[]): Promise<void>;
}
