import { createPerKeyRunner, type KeyedRead, type PreparedRead } from "@syncline/core/adapter-kit";
import { type QueryLimits, type QueryRunner, SynclineError, type WireValue } from "@syncline/core/spi";
import type { Connection, Prepare } from "mariadb";
import type { MariadbConnections } from "./driver.ts";
import { breaksConnection, translateError, type WordsShown } from "./errors.ts";
import { longestName, selectText } from "./select-text.ts";
import { isMariadb } from "./sessions.ts";
import { type ColumnShape, readerOf } from "./wire-values.ts";

export interface QueryRunnerSettings extends WordsShown {
  /** Whose login reads. One that may do no more than SELECT is the real fence; READ ONLY is the second. */
  readonly connections: MariadbConnections;
  readonly concurrency: number;
  readonly describe: NonNullable<QueryRunner["describe"]>;
  /** Throws where what is read may be older than the changes. */
  fence(connection: Connection): Promise<void>;
}

/** So many executions are on their way at once. */
const pipelined = 200;

/** One snapshot for all statements; each is prepared once, and run once for each key. */
export function createQueryRunner(settings: QueryRunnerSettings): QueryRunner {
  const { connections, concurrency, fence, describe, serverMessages } = settings;
  const runner = createPerKeyRunner<Connection>({
    ...{ connections, concurrency, pipelined, prepare },
    begin: (connection, limits) =>
      Promise.all([
        connection.query(`SET SESSION ${limitIn(connection, limits)}, sql_select_limit = ${limits.maxRows + 1}`),
        connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
        fence(connection),
      ]),
    // Also what a query may have locked by name.
    end: (connection) => Promise.all([connection.query("ROLLBACK"), connection.query("DO RELEASE_ALL_LOCKS()")]),
    translate: (error, phase) =>
      translateError(error, phase === "prepared" && !breaksConnection(error) ? "prepared" : "query", {
        serverMessages,
      }),
  });
  return { ...runner, describe };
}

function limitIn(connection: Connection, { timeoutMs }: QueryLimits): string {
  return isMariadb(connection)
    ? `max_statement_time = ${Math.max(0.001, timeoutMs / 1_000)}`
    : `max_execution_time = ${Math.ceil(timeoutMs)}`;
}

async function prepare(connection: Connection, read: KeyedRead, limits: QueryLimits): Promise<PreparedRead> {
  const { text, places } = selectText(read, limits.maxRows);
  const prepared: Prepare & { readonly columns?: readonly ColumnShape[] } = await connection.prepare(text);
  try {
    refuseLongNames(prepared);
  } catch (error) {
    prepared.close();
    throw error;
  }
  return {
    run: async (key) => {
      const values = key as readonly unknown[];
      const answer = await execute(prepared, places?.map((place) => values[place - 1]) ?? values);
      return { columns: answer.meta.map((column) => column.name()), rows: rowsOf(answer, limits.numbers) };
    },
    close: () => prepared.close(),
  };
}

/** As the driver can read them: see `longName` in select-text.ts. */
function refuseLongNames({ columns = [] }: { readonly columns?: readonly ColumnShape[] }): void {
  const long = columns.find((column) => Buffer.byteLength(column.name()) > longestName);
  if (long === undefined) return;
  const message = `Give the column that begins with "${long.name().slice(0, 40)}" a name: … AS name. It is too long to be one.`;
  throw new SynclineError("query.invalid", message);
}

/** Rows as arrays, and what the driver says of their columns. */
type Answer = readonly (readonly unknown[])[] & { readonly meta: readonly ColumnShape[] };

async function execute(prepared: Prepare, values: readonly unknown[]): Promise<Answer> {
  const answer: Answer | { readonly affectedRows: number } = await prepared.execute(values);
  if ("affectedRows" in answer)
    throw new SynclineError("query.invalid", "The query must yield rows, and this one yields none.");
  return answer;
}

function rowsOf(answer: Answer, numbers: QueryLimits["numbers"]): readonly (readonly WireValue[])[] {
  const readers = answer.meta.map((column) => readerOf(column, numbers));
  return answer.map((row) =>
    row.map((value, index) =>
      value === null || value === undefined ? null : (readers[index]?.(value as never) ?? null),
    ),
  );
}
