import { sessionSettings } from "../wire-types.ts";
import { quoteIdentifier } from "./identifier.ts";
import { type RowSecurity, withRowSecurity } from "./row-security.ts";
import type { ServerFacts } from "./server-facts.ts";
import { markBegun } from "./transaction-step.ts";

export interface SessionLimits {
  /** For the whole session. */
  readonly timeoutMs: number;
  readonly role: string | undefined;
  readonly rowSecurity: RowSecurity;
}

export interface ReadTransaction extends SessionLimits {
  readonly facts: ServerFacts;
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
  const { role, rowSecurity, timeoutMs, facts, isRestated, checkText } = transaction;
  const settings = Object.entries(sessionSettings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
  return [
    ...(checkText === undefined ? [] : ["BEGIN", checkText, "COMMIT"]),
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    statementTimeout(timeoutMs),
    // Where it is shorter than the statement's limit, the server keeps the time by it alone, and a
    // template could switch it off.
    ...(facts.hasTransactionTimeout ? ["SET LOCAL transaction_timeout = 0"] : []),
    `SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}`,
    ...settings,
    ...withRowSecurity(rowSecurity),
    ...(facts.randomPageCost > costOfMemory ? [`SET LOCAL random_page_cost = ${costOfMemory}`] : []),
    markBegun,
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${quoteIdentifier(role)}`]),
    ...(isRestated ? [`SAVEPOINT ${savepoint}`] : []),
  ].join("; ");
}

const savepoint = "syncline_read";

/**
 * Before each further statement: every setting is what it was when the session began, whatever the
 * statement before has set, and the limit is what is left of the session's time.
 */
export function restateText(leftMs: number): string {
  return `ROLLBACK TO SAVEPOINT ${savepoint}; ${statementTimeout(leftMs)}`;
}

function statementTimeout(ms: number): string {
  return `SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(ms))}`;
}

/**
 * What no rollback gives back, and would stay with a pooled connection: a template can take advisory locks of
 * the session. A function that it calls can prepare statements, in the place of ours, which a later
 * transaction would run: `prepared` names one.
 */
export const endText =
  "ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all(), " +
  "(SELECT p.name FROM pg_catalog.pg_prepared_statements AS p WHERE p.from_sql LIMIT 1) AS prepared";
