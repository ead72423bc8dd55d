import {
  createPerKeyRunner,
  type KeyedRead,
  keyedRead,
  type PreparedRead,
  type ReadPhase,
} from "@syncline/core/adapter-kit";
import {
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
  type WireValue,
} from "@syncline/core/spi";
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
  const reading = {
    ...{ connections, concurrency, pipelined },
    begin: (connection: Connection, limits: QueryLimits) =>
      Promise.all([
        connection.query(`SET SESSION ${limitIn(connection, limits)}, sql_select_limit = ${limits.maxRows + 1}`),
        connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
        fence(connection),
      ]),
    // Also what a query may have locked by name.
    end: (connection: Connection) =>
      Promise.all([connection.query("ROLLBACK"), connection.query("DO RELEASE_ALL_LOCKS()")]),
    translate: (error: unknown, phase: ReadPhase) =>
      translateError(error, phase === "prepared" && !breaksConnection(error) ? "prepared" : "query", {
        serverMessages,
      }),
  };
  const plans = createPerKeyRunner<Connection>({ ...reading, prepare: preparePlan });
  return {
    ...createPerKeyRunner<Connection>({ ...reading, prepare }),
    describe,
    explain: async (statements, signal) =>
      (await plans.run(statements.map(ofFirstKey), planLimits, signal)).map(planText),
  };
}

/** For planning, which reads few rows. */
const planLimits: QueryLimits = { timeoutMs: 10_000, maxRows: 20_000, numbers: "string" };

/** The server's own plan; nothing runs. */
async function preparePlan(connection: Connection, read: KeyedRead, limits: QueryLimits): Promise<PreparedRead> {
  // What is wrong with it is told as of a read.
  (await prepare(connection, read, limits)).close();
  const { text, places } = selectText(read, limits.maxRows);
  return preparedRead(await connection.prepare(`EXPLAIN ${text}`), places, limits);
}

/** Of a set, each key has the same plan, as far as it can be told. */
function ofFirstKey(statement: Statement): Statement {
  const { kind, keys } = keyedRead(statement);
  return kind === "set" ? { ...statement, parameters: [keys.slice(0, 1)] } : statement;
}

/** A line for each table. Before the plan's own columns may stand those of the key. */
function planText({ columns, rows }: QueryResult): string {
  const begin = Math.max(0, columns.indexOf("id"));
  const told = (row: readonly WireValue[]) =>
    columns
      .flatMap((name, index) => (index < begin || row[index] === null ? [] : [`${name}: ${row[index]}`]))
      .join(", ");
  return rows.map(told).join("\n");
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
  return preparedRead(prepared, places, limits);
}

function preparedRead(prepared: Prepare, places: readonly number[] | undefined, limits: QueryLimits): PreparedRead {
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
