import {
  type AnswerRow,
  type Connections,
  createConnections,
  createSqlDriver,
  type SqlDriver,
} from "@syncline/core/adapter-kit";
import type { Connection } from "mariadb";
import { breaksConnection, translateError } from "./errors.ts";
import type { ConnectionPool } from "./pools.ts";
import type { NamedStatement } from "./sql/statement.ts";

export type MariadbConnections = Connections<Connection>;

/** @param deadlineMs stands behind the server's own limit, for a server that does not answer at all. */
export function connectionsOf(pool: ConnectionPool, deadlineMs: number): MariadbConnections {
  return createConnections({
    acquire: () => pool.acquire(),
    release: (connection, destroy) => pool.release(connection, destroy),
    breaksConnection,
    deadlineMs,
  });
}

/** START TRANSACTION goes out together with the first statement; COMMIT waits for the last one. */
export function driverOn(connections: MariadbConnections): SqlDriver<NamedStatement> {
  const begun = new WeakMap<Connection, Promise<unknown>>();
  return createSqlDriver<Connection, NamedStatement>(connections, {
    translate: translateError,
    begin: async (connection) => {
      const beginning = connection.query("START TRANSACTION");
      beginning.catch(() => {});
      begun.set(connection, beginning);
    },
    execute: async (connection, statement, given) => {
      const [rows] = await Promise.all([execute(connection, statement, given), begun.get(connection)]);
      return rows;
    },
    executeAlone: execute,
    commit: (connection) => connection.query("COMMIT"),
    rollback: (connection) => connection.query("ROLLBACK"),
  });
}

/** The driver's answer of a statement that yields no rows. */
interface Written {
  readonly affectedRows: number;
  readonly insertId: bigint;
}

/** Of a statement that writes: one row, how many were changed, and what LAST_INSERT_ID was given. */
async function execute(
  connection: Connection,
  statement: NamedStatement,
  given: object,
): Promise<readonly AnswerRow[]> {
  const answer: readonly AnswerRow[] | Written = await connection.execute(statement.text, [...statement.values(given)]);
  const rows = "affectedRows" in answer ? [[answer.affectedRows, answer.insertId]] : answer;
  return statement.answer?.(rows) ?? rows;
}
