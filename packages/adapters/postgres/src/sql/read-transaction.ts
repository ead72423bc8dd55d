import { sessionSettings } from "../wire-types.ts";
import { quoteIdentifier } from "./identifier.ts";
import { keepIdle } from "./own-settings.ts";
import { hidesNothing, type RowSecurity } from "./row-security.ts";
import type { ServerFacts } from "./server-facts.ts";
import { markBegun } from "./transaction-step.ts";

export interface SessionLimits {
  /** For the whole session. */
  readonly timeoutMs: number;
  readonly role: string | undefined;
  readonly rowSecurity: RowSecurity;
}

/**
 * Which settings a connection keeps from one read to the next. `texts`: those that say how values
 * are written. `all`: those that say how rows are found, too, which is for a pool that does nothing
 * but read.
 */
export type KeptSettings = "none" | "texts" | "all";

export interface ReadTransaction extends SessionLimits {
  readonly facts: ServerFacts;
  /** Settings that the connection has already. */
  readonly kept: KeptSettings;
  /** Whether `restateText` follows. */
  readonly isRestated: boolean;
  /** What the fence asks before the snapshot is taken. */
  readonly checkText: string | undefined;
}

/**
 * What is read was changed a moment ago, so it is in memory; the server's default is for disks that
 * have to move their heads. With it, 500 keys of 50,000 rows were read by going through all of the
 * table: 10.9 ms, where the index takes 3.4.
 */
const costOfMemory = 1.1;

/** The worker's machine may vanish: then nobody ends the transaction, and TCP needs hours to notice. */
const idleTimeoutMs = 60_000;

/**
 * All in one text of the simple protocol, which is one round trip. No part of it comes from a
 * template. No function either, since `set_config` may be taken from whoever reads: with it, a
 * template raises its own `work_mem`.
 */
export function beginText(transaction: ReadTransaction): string {
  const { role, timeoutMs, kept, isRestated, checkText } = transaction;
  return [
    ...(checkText === undefined ? [] : ["BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", checkText, "COMMIT"]),
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    ...(kept === "none" ? sharedSettings(transaction) : []).map(local),
    ...(kept === "all" ? [] : rowSettings(transaction)).map(local),
    ...limits(timeoutMs),
    markBegun,
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${quoteIdentifier(role)}`]),
    ...(isRestated ? [`SAVEPOINT ${savepoint}`] : []),
  ].join("; ");
}

/**
 * Once for a connection that nobody else is given: one text of the simple protocol, too. The end of
 * a read undoes what a template has set in their place, for the session as well.
 */
export function keepText(settings: SessionLimits & { readonly facts: ServerFacts }, kept: KeptSettings): string {
  const made = [
    ...(settings.facts.closesIdle ? [keepIdle] : []),
    ...(kept === "none" ? [] : sharedSettings(settings)),
    ...(kept === "all" ? rowSettings(settings) : []),
  ];
  return made.map((setting) => `SET ${setting}`).join("; ");
}

/** For what else runs on such a connection, and is not ours to write: as when it was connected. */
export const asConnected = [
  "idle_in_transaction_session_timeout",
  "jit",
  "row_security",
  ...Object.keys(sessionSettings),
].map((name) => local(`${name} = DEFAULT`));

function local(setting: string): string {
  return `SET LOCAL ${setting}`;
}

/** With these, our own statements on the same connection are as well served. */
function sharedSettings({ rowSecurity }: SessionLimits): readonly string[] {
  return [
    `idle_in_transaction_session_timeout = ${idleTimeoutMs}`,
    // What finds a few rows by their keys is run sooner than it is compiled.
    "jit = off",
    ...(rowSecurity === "apply" ? [] : [hidesNothing]),
    ...Object.entries(sessionSettings).map(([name, value]) => `${name} = '${value}'`),
  ];
}

function rowSettings({ facts }: { readonly facts: ServerFacts }): readonly string[] {
  return [
    `lock_timeout = ${lockTimeoutMs}`,
    // Where it is shorter than the statement's limit, the server keeps the time by it alone, and a
    // template could switch it off.
    ...(facts.hasTransactionTimeout ? ["transaction_timeout = 0"] : []),
    ...(facts.randomPageCost > costOfMemory ? [`random_page_cost = ${costOfMemory}`] : []),
  ];
}

/**
 * Most locks that keep a read waiting are of a migration, and last some milliseconds or much longer
 * than a read may.
 */
const lockTimeoutMs = 5_000;

const savepoint = "syncline_read";

/**
 * Before each further statement: every setting is what it was when the session began, whatever the
 * statement before has set, and the limit is what is left of the session's time.
 */
export function restateText(leftMs: number): string {
  return [`ROLLBACK TO SAVEPOINT ${savepoint}`, ...limits(leftMs)].join("; ");
}

/**
 * That a table is locked is no fault of the key that is read, so the wait for a lock ends before
 * the statement does, with an error of its own.
 */
function limits(ms: number): readonly string[] {
  const lockMs = Math.ceil(ms / 2);
  return [
    `SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(ms))}`,
    ...(lockMs < lockTimeoutMs ? [`SET LOCAL lock_timeout = ${Math.max(1, lockMs)}`] : []),
  ];
}

/**
 * What no rollback gives back, and would stay with a pooled connection: a template can take advisory locks of
 * the session. A function that it calls can prepare statements, in the place of ours, which a later
 * transaction would run: `prepared` tells. Of the function and not of the view, which costs 14 µs more.
 *
 * @param surplus statements that the connection need not keep any longer.
 */
export function endText(surplus: readonly string[]): string {
  return [
    "ROLLBACK",
    ...surplus.map((name) => `DEALLOCATE ${quoteIdentifier(name)}`),
    "SELECT pg_catalog.pg_advisory_unlock_all(), pg_catalog.pg_backend_pid() AS pid, " +
      "(SELECT true FROM pg_catalog.pg_prepared_statement() AS p WHERE p.from_sql LIMIT 1) AS prepared",
  ].join("; ");
}
