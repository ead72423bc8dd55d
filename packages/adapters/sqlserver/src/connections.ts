import { abortedError, onAbort, orAborted, throwIfAborted, translating } from "@syncline/core/adapter-kit";
import type { MssqlPool, MssqlRequest, MssqlResult, MssqlTransaction } from "./driver.ts";
import { translateError } from "./errors.ts";
import { bindValues, type ParameterValues } from "./parameter-types.ts";
import type { ConnectedPool } from "./pools.ts";
import type { OwnStatement } from "./sql/statement.ts";

/** Rows as arrays. A bigint comes as a text of digits. */
export type Row = readonly (string | number | boolean | null)[];

/** Runs one statement on the connection at hand. */
export type RunStatement = (statement: OwnStatement, values?: ParameterValues) => Promise<readonly Row[]>;

/** `undo`: end without a trace; nothing may have been written that matters. */
export type TransactionEnd<Result> = { readonly result: Result; readonly undo?: boolean };

/** A transaction that spans several calls. */
export interface OpenTransaction {
  readonly run: RunStatement;
  /** A text without parameters, as a batch of its own. */
  batch(text: string): Promise<void>;
}

/** Our own statements on a pool's connections. */
export interface Connections {
  /** One call, which brings its transaction along. */
  run(statement: OwnStatement, values: ParameterValues, signal?: AbortSignal): Promise<readonly Row[]>;
  /** The same without a time limit, for what takes as long as somebody's query. */
  runLong(statement: OwnStatement, values: ParameterValues, signal: AbortSignal): Promise<readonly Row[]>;
  transaction<Result>(
    work: (transaction: OpenTransaction) => Promise<TransactionEnd<Result>>,
    signal?: AbortSignal,
  ): Promise<Result>;
}

/** READPAST is refused above it, and a pool's connection would keep what it had before. */
const readCommitted = 2;

/** How long a statement that is under way may still take once the signal has fired: ours take milliseconds. */
const abortGraceMs = 1_000;

export function createConnections(
  pool: Pick<ConnectedPool, "use">,
  settings: { readonly statementTimeoutMs: number },
): Connections {
  const overrides = { requestTimeout: settings.statementTimeoutMs };

  async function execute(
    request: MssqlRequest,
    statement: OwnStatement,
    values: ParameterValues,
    signal: AbortSignal | undefined,
  ): Promise<readonly Row[]> {
    request.arrayRowMode = true;
    request.stream = false;
    bindValues(request, statement, values);
    return lastRows(await cancelledByAbort(request.query(statement.text), request, signal));
  }

  async function transactionOn<Result>(
    pool: MssqlPool,
    work: (transaction: OpenTransaction) => Promise<TransactionEnd<Result>>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const transaction = pool.transaction();
    await orAborted(transaction.begin(readCommitted), () => void rollBackQuietly(transaction), signal);
    try {
      const end = await work({
        run: (statement, values = {}) => {
          throwIfAborted(signal);
          return execute(transaction.request(overrides), statement, values, signal);
        },
        batch: async (text) => {
          throwIfAborted(signal);
          const request = transaction.request(overrides);
          await cancelledByAbort(request.batch(text), request, signal);
        },
      });
      await (end.undo === true ? transaction.rollback() : transaction.commit());
      return end.result;
    } catch (error) {
      await rollBackQuietly(transaction);
      throw error;
    }
  }

  return {
    run: (statement, values, signal) =>
      translating(translateError, () =>
        pool.use((used) => execute(used.request(overrides), statement, values, signal), signal),
      ),
    runLong: (statement, values, signal) =>
      translating(translateError, () =>
        pool.use((used) => execute(used.request({ requestTimeout: 0 }), statement, values, signal), signal),
      ),
    transaction: (work, signal) =>
      translating(translateError, () => pool.use((used) => transactionOn(used, work, signal), signal)),
  };
}

/** Of a batch, the one that answers comes last. */
function lastRows({ recordsets }: MssqlResult): readonly Row[] {
  return Array.isArray(recordsets) ? ((recordsets.at(-1) ?? []) as readonly Row[]) : [];
}

/** The driver gives a connection up that does not answer to a cancel, so this ends in any case. */
export function cancelledByAbort<Result>(
  running: Promise<Result>,
  request: MssqlRequest,
  signal: AbortSignal | undefined,
  graceMs = abortGraceMs,
): Promise<Result> {
  if (signal === undefined) return running;
  let timer: NodeJS.Timeout | undefined;
  let isCancelled = false;
  const cancel = () => {
    isCancelled = true;
    request.cancel();
  };
  const stopWatching = onAbort(signal, () => {
    if (graceMs === 0) cancel();
    else timer = setTimeout(cancel, graceMs);
  });
  return running
    .catch((error: unknown) => {
      throw isCancelled ? abortedError() : error;
    })
    .finally(() => {
      clearTimeout(timer);
      stopWatching();
    });
}

/** The server may have rolled it back already, or be gone: the first error is the one to report. */
async function rollBackQuietly(transaction: MssqlTransaction): Promise<void> {
  try {
    await transaction.rollback();
  } catch {
    // A connection that is lost takes its transaction with it.
  }
}
