import { abortedError, onAbort, orAborted, throwIfAborted, translating } from "@syncline/core/adapter-kit";
import oracledb from "oracledb";
import type { OracleColumn, OracleConnection, OracleRows } from "./driver.ts";
import { breaksConnection, translateError } from "./errors.ts";
import type { ConnectionSource } from "./pools.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { type BindValues, bindDefinitions, bindsOf } from "./statement-binds.ts";

/** Every column of ours is a text. */
export type TextRow = readonly (string | null)[];

/** What a statement gave. */
export interface Answer {
  readonly rows: readonly TextRow[];
  readonly out: { readonly [name: string]: unknown };
  readonly rowsAffected: number;
}

/** Runs one statement on the connection at hand; one of the kind `rows` for each of the rows given. */
export type RunStatement = (statement: OwnStatement, values: BindValues | readonly BindValues[]) => Promise<Answer>;

/** `undo`: end without a trace; nothing may have been written that matters. */
export type TransactionEnd<Result> = { readonly result: Result; readonly undo?: boolean };

/** Our own statements on a source's connections. */
export interface Connections {
  /** One statement in a transaction of its own, which is committed with it: one round trip. */
  run(statement: OwnStatement, values: BindValues | readonly BindValues[], signal?: AbortSignal): Promise<Answer>;
  transaction<Result>(
    work: (run: RunStatement) => Promise<TransactionEnd<Result>>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** A connection for as long as `work` runs; released in order, or dropped if it is in doubt. Translates nothing. */
  withConnection<Result>(
    work: (connection: OracleConnection) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
}

/** How long a statement that is under way may still take once the signal has fired: ours take milliseconds. */
const abortGraceMs = 1_000;

export function createConnections(
  source: ConnectionSource,
  { statementTimeoutMs }: { readonly statementTimeoutMs: number },
): Connections {
  async function withConnection<Result>(
    work: (connection: OracleConnection) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    throwIfAborted(signal);
    const connection = await orAborted(source.getConnection(), (late) => release(late, false), signal);
    const timeoutBefore = connection.callTimeout ?? 0;
    let broken = false;
    const stopWatching = breakAfterAbort(signal, connection);
    try {
      throwIfAborted(signal);
      connection.callTimeout = statementTimeoutMs;
      return await work(connection);
    } catch (error) {
      broken = breaksConnection(error);
      throw signal?.aborted && broken ? abortedError() : error;
    } finally {
      stopWatching();
      // A connection that is gone refuses even this.
      if (!broken) connection.callTimeout = timeoutBefore;
      await release(connection, broken);
    }
  }

  return {
    withConnection,
    run: (statement, values, signal) =>
      translating(translateError, () =>
        withConnection(async (connection) => {
          try {
            return await runStatement(connection, statement, values, true);
          } catch (error) {
            await rollBackQuietly(connection, error);
            throw error;
          }
        }, signal),
      ),
    transaction: (work, signal) =>
      translating(translateError, () =>
        withConnection(async (connection) => {
          try {
            const end = await work(async (statement, values) => {
              throwIfAborted(signal);
              return runStatement(connection, statement, values, false);
            });
            await (end.undo === true ? connection.rollback() : connection.commit());
            return end.result;
          } catch (error) {
            await rollBackQuietly(connection, error);
            throw error;
          }
        }, signal),
      ),
  };
}

/** Every setting that the application may have made globally is given, so that none has a say in ours. */
export async function runStatement(
  connection: OracleConnection,
  statement: OwnStatement,
  values: BindValues | readonly BindValues[],
  commit: boolean,
): Promise<Answer> {
  if (statement.kind === "rows") {
    const rows = (values as readonly BindValues[]).map((row) => ({ ...row }));
    const options = { autoCommit: commit, bindDefs: bindDefinitions(statement), batchErrors: false };
    const { rowsAffected } = await connection.executeMany(statement.text, rows, options);
    return { rows: [], out: {}, rowsAffected: rowsAffected ?? 0 };
  }
  const isQuery = statement.kind === "query";
  const result = await connection.execute(statement.text, bindsOf(statement, values as BindValues), {
    autoCommit: commit && !isQuery,
    ...(isQuery ? queryOptions : {}),
  });
  return {
    rows: (result.rows ?? []) as readonly TextRow[],
    out: (result.outBinds ?? {}) as Answer["out"],
    rowsAffected: result.rowsAffected ?? 0,
  };
}

/** A strategy's definition is a CLOB, which would come as a stream that holds the connection. */
const clobAsText = ({ dbType }: OracleColumn) =>
  dbType === oracledb.DB_TYPE_CLOB ? { type: oracledb.DB_TYPE_VARCHAR } : undefined;

/** A query's rows, portion by portion. */
export async function openRows(connection: OracleConnection, statement: OwnStatement): Promise<OracleRows> {
  const options = { ...queryOptions, resultSet: true, autoCommit: false };
  const { resultSet } = await connection.execute(statement.text, {}, options);
  if (resultSet === undefined) throw new TypeError("The driver gave no result set.");
  return resultSet;
}

const queryOptions = {
  outFormat: oracledb.OUT_FORMAT_ARRAY,
  resultSet: false,
  maxRows: 0,
  // A dispatch takes a thousand changes by default: they come with the answer to the statement, in one round trip.
  prefetchRows: 1_001,
  fetchArraySize: 1_000,
  fetchTypeHandler: clobAsText,
};

export async function rollBackQuietly(connection: OracleConnection, error: unknown): Promise<void> {
  if (breaksConnection(error)) return;
  try {
    await connection.rollback();
  } catch {
    // The session ends on release, and with it the transaction; the first error is the one to report.
  }
}

/** Never fails: what was done on the connection is done. A session that ends rolls back what it had not committed. */
export async function release(connection: OracleConnection, drop: boolean): Promise<void> {
  try {
    await (drop ? connection.close({ drop: true }) : connection.close());
  } catch {
    // It was lost, and the pool has taken note.
  }
}

function breakAfterAbort(signal: AbortSignal | undefined, connection: OracleConnection): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stopWatching = onAbort(signal, () => {
    timer = setTimeout(() => connection.break().catch(() => {}), abortGraceMs);
  });
  return () => {
    clearTimeout(timer);
    stopWatching();
  };
}
