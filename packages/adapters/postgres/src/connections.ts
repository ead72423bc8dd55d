import { abortedError, onAbort, orAborted, throwIfAborted, translating } from "@syncline/core/adapter-kit";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { translateConnectError } from "./connect-errors.ts";
import { discard } from "./discard.ts";
import type { PgClient, PgPool, PgQuery, PgTypes } from "./driver.ts";
import { breaksConnection, translateError } from "./errors.ts";
import { holdBack } from "./hold-back.ts";
import { allSettings, askSettings, knownSettings } from "./sql/own-settings.ts";
import { planByKeys } from "./sql/planning.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { beginAsking, beginOwn, markBegun } from "./sql/transaction-step.ts";

/** Rows as arrays of the values' texts: no type parser, global ones of the application least of all. */
export type TextRow = readonly (string | null)[];

/** Runs one statement on the connection at hand. */
export type RunStatement = (statement: OwnStatement, values: readonly unknown[]) => Promise<readonly TextRow[]>;

export interface ConnectionSettings {
  readonly preparedStatements: boolean;
  readonly statementTimeoutMs: number;
  /**
   * Whether nobody else is given the pool's connections: what they have is asked once then. Default
   * false.
   */
  readonly isOwn?: boolean;
  /** Whether nothing is written, as on a replica. Default false. */
  readonly isReadOnly?: boolean;
}

/** `undo`: end without a trace; nothing may have been written that matters. */
export type TransactionEnd<Result> = { readonly result: Result; readonly undo?: boolean };

/** Our own statements on a pool's connections. */
export interface Connections {
  /** One statement in a transaction of its own, as its planner likes. */
  run(statement: OwnStatement, values: readonly unknown[], signal?: AbortSignal): Promise<readonly TextRow[]>;
  /**
   * The same for a statement that finds rows by their keys, and is planned so (`planByKeys`). BEGIN, statement and COMMIT go out
   * together, where the driver can: outside of a transaction it must change nothing (`hasBegun`).
   */
  runByKeys(statement: OwnStatement, values: readonly unknown[], signal?: AbortSignal): Promise<readonly TextRow[]>;
  /**
   * For statements that find rows by their keys, too. BEGIN goes out together with the first one, where the driver can: it must do no harm
   * by itself, in case that BEGIN fails (`hasBegun`). COMMIT waits for the last one: what has gone out cannot be taken back when the signal fires.
   */
  transaction<Result>(
    work: (run: RunStatement) => Promise<TransactionEnd<Result>>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** A connection for as long as `work` runs; released in order, or destroyed if it is in doubt. Translates nothing. */
  withClient<Result>(work: (client: PgClient) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

/** How long a statement that is under way may still take once the signal has fired: ours take milliseconds. */
const abortGraceMs = 1_000;

// On an array, since pg hands `types` on as the parameters' types, too, and PGlite's driver then calls its forEach.
const asText: PgTypes = Object.assign([], { getTypeParser: () => (text: string) => text });

/** `query_timeout` is the driver's: for a server that does not answer at all, when its own time limit cannot help. */
interface TimedQuery extends PgQuery {
  readonly query_timeout: number;
}

export function createConnections(pool: PgPool, settings: ConnectionSettings): Connections {
  const { statementTimeoutMs, isOwn = false, isReadOnly = false } = settings;
  // One round trip. The second limit frees the dispatcher lock when this machine vanishes in the middle of a dispatch:
  // without it, the lock would be held until TCP gives up, which takes hours.
  const begin =
    `${isReadOnly ? beginAsking : beginOwn}; SET LOCAL statement_timeout = ${statementTimeoutMs}; ` +
    `SET LOCAL idle_in_transaction_session_timeout = ${statementTimeoutMs}`;
  const beginByKeys = `${begin}; ${planByKeys}; ${markBegun}`;

  function settingsOf(client: PgClient): string | Promise<string> {
    return isOwn ? (knownSettings(client) ?? askSettings(client)) : allSettings;
  }

  async function execute(client: PgClient, statement: OwnStatement, values: readonly unknown[]) {
    const query: TimedQuery = {
      text: statement.text,
      values,
      rowMode: "array",
      types: asText,
      query_timeout: statementTimeoutMs + 5_000,
      ...(settings.preparedStatements ? { name: statement.name } : {}),
    };
    const result = await client.query(query);
    return result.rows as readonly TextRow[];
  }

  async function withClient<Result>(
    work: (client: PgClient) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    throwIfAborted(signal);
    const client = await checkOut(pool, signal);
    let broken = false;
    const release = releaseOnce(client);
    // A lost connection is an event as well as a failed query; without a listener the event ends the process.
    const onError = () => {
      broken = true;
    };
    client.on("error", onError);
    const stopWatching = giveUpAfterAbort(signal, () => release(true));
    try {
      return await work(client);
    } catch (error) {
      broken ||= !isSynclineError(error) && breaksConnection(error);
      throw signal?.aborted && broken ? abortedError() : error;
    } finally {
      stopWatching();
      const status = client.getTransactionStatus?.() ?? null;
      const destroy = broken || (status !== null && status !== "I");
      release(destroy);
      // What is destroyed may still report how its socket ended.
      if (!destroy) client.removeListener("error", onError);
    }
  }

  async function transaction<Result>(
    work: (run: RunStatement) => Promise<TransactionEnd<Result>>,
    signal?: AbortSignal,
  ): Promise<Result> {
    return translating(translateError, () =>
      withClient(async (client) => {
        const own = await settingsOf(client);
        const letGo = client.pipeline === true ? holdBack(client) : () => {};
        const begun = client.query(beginByKeys + own);
        begun.catch(() => {});
        try {
          const end = await work(async (statement, values) => {
            throwIfAborted(signal);
            if (client.pipeline !== true) await begun;
            const answered = execute(client, statement, values);
            letGo();
            const [rows] = await Promise.all([answered, begun]);
            return rows;
          });
          letGo();
          await endTransaction(client, end.undo === true ? "ROLLBACK" : "COMMIT");
          return end.result;
        } catch (error) {
          letGo();
          await begun.catch(() => {});
          await rollBackQuietly(client, error);
          throw error;
        }
      }, signal),
    );
  }

  /**
   * `together`: in one packet. Outside of its transaction the statement must do no harm, in case that BEGIN
   * fails.
   */
  async function runWithin(
    begin: string,
    client: PgClient,
    statement: OwnStatement,
    values: readonly unknown[],
    together: boolean,
  ) {
    const own = await settingsOf(client);
    const letGo = together ? holdBack(client) : () => {};
    const begun = client.query(begin + own);
    if (!together) await begun;
    const answered = execute(client, statement, values);
    if (!together) await answered.catch(() => {});
    const ended = client.query("COMMIT");
    letGo();
    // All three: a connection that still has something to say must not go back to its pool.
    await Promise.allSettled([begun, answered, ended]);
    await begun;
    const rows = await answered;
    refuseUnless((await ended).command, "COMMIT");
    return rows;
  }

  return {
    withClient,
    transaction,
    runByKeys: (statement, values, signal) =>
      translating(translateError, () =>
        withClient((client) => runWithin(beginByKeys, client, statement, values, client.pipeline === true), signal),
      ),
    run: (statement, values, signal) =>
      translating(translateError, () =>
        withClient((client) => runWithin(begin, client, statement, values, false), signal),
      ),
  };
}

async function endTransaction(client: PgClient, command: "COMMIT" | "ROLLBACK"): Promise<void> {
  refuseUnless((await client.query(command)).command, command);
}

/** COMMIT of a failed transaction succeeds, and answers ROLLBACK. */
function refuseUnless(answer: string, command: "COMMIT" | "ROLLBACK"): void {
  if (answer === command) return;
  throw new SynclineError("database.failed", `${command} was answered with ${answer}: nothing was changed.`);
}

async function rollBackQuietly(client: PgClient, error: unknown): Promise<void> {
  if (!isSynclineError(error) && breaksConnection(error)) return;
  try {
    await client.query("ROLLBACK");
  } catch {
    // The connection is destroyed on release, and with it the transaction; the first error is the one to report.
  }
}

/** The pool's own limit bounds the wait; the signal ends it sooner, and a connection that comes late goes back. */
function checkOut(pool: PgPool, signal: AbortSignal | undefined): Promise<PgClient> {
  const coming = pool.connect().catch((error: unknown) => {
    throw translateConnectError(error);
  });
  return orAborted(coming, (client) => client.release(), signal);
}

function releaseOnce(client: PgClient): (destroy: boolean) => void {
  let released = false;
  return (destroy) => {
    if (released) return;
    released = true;
    if (destroy) discard(client);
    else client.release();
  };
}

function giveUpAfterAbort(signal: AbortSignal | undefined, giveUp: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stopWatching = onAbort(signal, () => {
    timer = setTimeout(giveUp, abortGraceMs);
  });
  return () => {
    clearTimeout(timer);
    stopWatching();
  };
}
