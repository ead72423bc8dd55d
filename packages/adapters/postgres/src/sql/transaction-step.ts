/**
 * Its mode is named, whatever defaults somebody has set for transactions: in a snapshot that is
 * older than its locks (REPEATABLE READ, SERIALIZABLE), a statement fails on each row that was
 * changed meanwhile.
 */
export const beginWriting = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

const ownPath = "SET LOCAL search_path = pg_catalog, pg_temp";

/**
 * Begins a transaction of our own statements. Whoever may create in a schema of the session's search path can
 * define a function or an operator that fits our arguments better than the server's, and it would run as our
 * login: so there is nothing on the path but the server's own. Named last, `pg_temp` is not searched for
 * types and tables first. In each transaction, since a pooler takes no settings when it connects.
 */
export const beginOwn = `${beginWriting}; ${ownPath}`;

/** The same for what only asks, perhaps on a replica, which refuses READ WRITE. */
export const beginAsking = `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; ${ownPath}`;

/**
 * A question by itself: a transaction that is SERIALIZABLE by default is refused by a replica. For
 * a connection that is given up where it fails, since it would leave it in a failed transaction.
 */
export function askingAlone(text: string): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; ${text}; COMMIT`;
}

/** For what takes as long as the tables are large, and is waited for by a person. */
export const noLimits = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
  .map((name) => `SET LOCAL ${name} = 0`)
  .join("; ");

/**
 * For a statement that is sent together with its BEGIN: were that to fail alone, as when it is cancelled, the statement would
 * be a transaction of its own.
 */
export const markBegun = "SET LOCAL syncline.begun = 'true'";

/**
 * True in a transaction that has begun, and an error everywhere else: outside of it, and on another
 * node of a distributed server, to which the setting did not come along. It never yields false,
 * which would look like a table without rows.
 */
export const hasBegun = "pg_catalog.current_setting('syncline.begun')::pg_catalog.bool";

/** Whether a server's message is about the guard: the statement ran where the setting is not known. */
export function isAboutGuard(message: string): boolean {
  return message.includes("syncline.begun");
}
