import { abortedError, ByteLimit, onAbort, throwIfAborted } from "@syncline/core/adapter-kit";
import {
  isSynclineError,
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
  type WireValue,
} from "@syncline/core/spi";
import type { Connection, Prepare } from "mariadb";
import { breaksConnection, translateError, type WordsShown } from "./errors.ts";
import type { ConnectionPool } from "./pools.ts";
import { longestName, selectText } from "./select-text.ts";
import { isMariadb } from "./sessions.ts";
import { type ColumnShape, readerOf } from "./wire-values.ts";

export interface QueryRunnerSettings extends WordsShown {
  /** Whose login reads. One that may do no more than SELECT is the real fence; READ ONLY is the second. */
  readonly pool: ConnectionPool;
  readonly describe: NonNullable<QueryRunner["describe"]>;
  /** Throws where what is read may be older than the changes. */
  fence(connection: Connection): Promise<void>;
}

/** So many executions are on their way at once. */
const pipelined = 200;
/** The server ends a statement at its limit; this is for all of them, and for a server that does not. */
const limitGraceMs = 100;

/** One snapshot for all statements; each is prepared once, and run once for each key. */
export function createQueryRunner({ pool, fence, describe, serverMessages }: QueryRunnerSettings): QueryRunner {
  return {
    concurrency: pool.max,
    describe,
    async run(statements, limits, signal) {
      throwIfAborted(signal);
      if (statements.length === 0) return [];
      const wanted = statements.map((statement) => ({ statement, select: selectText(statement.text, limits.maxRows) }));
      const connection = await pool.acquire(signal);
      let inDoubt = false;
      const { givenUp, stop } = endOf(limits.timeoutMs + limitGraceMs, signal, () => {
        inDoubt = true;
        // Also ends at the server what it was doing.
        pool.release(connection, true);
      });
      try {
        return await Promise.race([readAll(connection, wanted, limits, fence), givenUp]);
      } catch (error) {
        inDoubt ||= !isSynclineError(error) && breaksConnection(error);
        throw isSynclineError(error) ? error : translateError(error, "query", { serverMessages });
      } finally {
        stop();
        pool.release(connection, inDoubt);
      }
    },
  };
}

interface Wanted {
  readonly statement: Statement;
  readonly select: ReturnType<typeof selectText>;
}

async function readAll(
  connection: Connection,
  wanted: readonly Wanted[],
  limits: QueryLimits,
  fence: QueryRunnerSettings["fence"],
): Promise<readonly QueryResult[]> {
  const seconds = Math.max(0.001, limits.timeoutMs / 1_000);
  const limit = isMariadb(connection)
    ? `max_statement_time = ${seconds}`
    : `max_execution_time = ${Math.ceil(limits.timeoutMs)}`;
  const begun = Promise.all([
    connection.query(`SET SESSION ${limit}, sql_select_limit = ${limits.maxRows + 1}`),
    connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
    fence(connection),
  ]);
  try {
    await begun;
    const bytes = new ByteLimit(limits.maxBytes);
    const results: QueryResult[] = [];
    // One after the other: their executions are what is on its way at the same time.
    for (const each of wanted) results.push(await readOne(connection, each, limits, bytes));
    return results;
  } finally {
    // Also what a query may have locked by name.
    await Promise.allSettled([connection.query("ROLLBACK"), connection.query("DO RELEASE_ALL_LOCKS()")]);
  }
}

async function readOne(
  connection: Connection,
  { statement, select }: Wanted,
  limits: QueryLimits,
  bytes: ByteLimit,
): Promise<QueryResult> {
  const { answers, places, text } = select;
  const keys =
    answers === "each" ? (statement.parameters[0] as readonly (readonly unknown[])[]) : [statement.parameters];
  const prepared: Prepare & { readonly columns?: readonly ColumnShape[] } = await connection
    .prepare(text)
    .catch((error: unknown) => {
      throw translateError(error, breaksConnection(error) ? "query" : "prepared");
    });
  try {
    refuseLongNames(prepared);
    const rows: (readonly WireValue[])[] = [];
    let columns: readonly string[] = [];
    for (let start = 0; start < keys.length; start += pipelined) {
      const some = keys.slice(start, start + pipelined);
      const executions = some.map((key) => execute(prepared, places?.map((place) => key[place - 1]) ?? key));
      for (const [index, answer] of (await allOf(executions)).entries()) {
        columns = answer.meta.map((column) => column.name());
        const position = start + index;
        for (const row of read(answer, limits.numbers)) {
          bytes.add(row);
          rows.push(answers === "none" ? row : [position, 1, ...row]);
        }
        // The statement came to its end without a row: that is an answer, too.
        if (answer.length === 0 && answers !== "none") rows.push([position, null, ...columns.map(() => null)]);
        if (rows.length > limits.maxRows)
          throw new SynclineError("query.row-limit", `The query yields more than ${limits.maxRows} rows.`);
      }
    }
    return { columns: answers === "none" ? columns : ["#", "?", ...columns], rows };
  } finally {
    prepared.close();
  }
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

/** All have ended before the first error is thrown: none is left on the connection. */
async function allOf(executions: readonly Promise<Answer>[]): Promise<readonly Answer[]> {
  const ended = await Promise.allSettled(executions);
  return ended.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}

function read(answer: Answer, numbers: QueryLimits["numbers"]): readonly (readonly WireValue[])[] {
  const readers = answer.meta.map((column) => readerOf(column, numbers));
  return answer.map((row) =>
    row.map((value, index) =>
      value === null || value === undefined ? null : (readers[index]?.(value as never) ?? null),
    ),
  );
}

function endOf(timeoutMs: number, signal: AbortSignal, giveUp: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let stopWatching = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    const end = (error: SynclineError) => {
      giveUp();
      reject(error);
    };
    timer = setTimeout(
      () => end(new SynclineError("query.timeout", `The read took longer than its limit.`)),
      timeoutMs,
    );
    stopWatching = onAbort(signal, () => end(abortedError()));
  });
  const stop = () => {
    clearTimeout(timer);
    stopWatching();
  };
  return { givenUp, stop };
}
