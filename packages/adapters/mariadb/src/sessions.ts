import type { Connection } from "mariadb";

/**
 * What a template's text means must not depend on the server's sql_mode: backslashes escape in
 * strings, and double quotes are strings, as `lexical` says of the dialect. Strict: a value that
 * does not fit is an error, and is not cut.
 */
const sqlMode = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

const common = `SET SESSION sql_mode = '${sqlMode}', time_zone = '+00:00', autocommit = 1, sql_select_limit = DEFAULT`;

/**
 * Sessions that write. READ COMMITTED: at REPEATABLE READ a locking read keeps the gaps between the
 * rows that it sees from everybody, and recorders wait for a dispatch.
 */
export function writingSession(timeoutMs: number): (connection: Connection) => readonly string[] {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1_000));
  return (connection) => [
    `${common}, innodb_lock_wait_timeout = ${seconds}, lock_wait_timeout = ${seconds}`,
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    // The second frees the dispatcher lock when this machine vanishes in the middle of a dispatch.
    ...(isMariadb(connection)
      ? [`SET SESSION max_statement_time = ${timeoutMs / 1_000}, idle_transaction_timeout = ${seconds}`]
      : []),
  ];
}

/** Sessions that read for strategies: one snapshot for all statements of a transaction. */
export function readingSession(): (connection: Connection) => readonly string[] {
  return () => [`${common}, lock_wait_timeout = 5`, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"];
}

export function isMariadb(connection: Connection): boolean {
  return connection.info?.isMariaDB() !== false;
}
