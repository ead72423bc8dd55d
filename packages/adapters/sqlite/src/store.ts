import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import type { Parameters, SqliteDatabase, SqliteStatement } from "./driver.ts";
import { isBusy, translateError } from "./errors.ts";

/** Statements on one connection, within one transaction. `@now`, in epoch milliseconds, is the same for all of them. */
export interface Sql {
  readonly database: SqliteDatabase;
  all<Row>(text: string, parameters?: Parameters): readonly Row[];
  /** Returns how many rows were changed. */
  run(text: string, parameters?: Parameters): number;
}

/** It has no `await` in it: see {@link openStore}. */
type Work<Result> = (sql: Sql) => Result;

export interface Store {
  /** In one snapshot. */
  read<Result>(work: Work<Result>, signal?: AbortSignal): Promise<Result>;
  /** In one transaction, once nobody else writes; `database.busy` if that takes longer than `waitMs`. */
  write<Result>(work: Work<Result>, signal?: AbortSignal, waitMs?: number): Promise<Result>;
  close(): void;
}

const pauseMs = 3;
/** SQLite's clock: the same for all processes of the machine. */
export const clock = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

/**
 * One connection, opened when it is first used.
 *
 * - A transaction begins and ends within one turn of the event loop. One that stayed open over an `await` would keep the
 *   application's own writes in this process waiting, and as its driver waits by blocking, nothing could end it.
 * - For the same reason nobody waits inside SQLite (busy_timeout 0), but between turns.
 * - BEGIN IMMEDIATE: what has read before it writes may find that its snapshot is no longer the newest, which no waiting
 *   cures (SQLITE_BUSY_SNAPSHOT).
 */
export function openStore(open: () => SqliteDatabase, setup: string, busyTimeoutMs: number): Store {
  let connection: SqliteDatabase | undefined;
  let isClosed = false;
  const kept = new Map<string, SqliteStatement>();
  const turn = <Result>(begin: string, work: Work<Result>): Result => {
    if (isClosed) throw new SynclineError("database.unavailable", "The session has been closed.");
    connection ??= connect(open, setup);
    return transaction(connection, kept, begin, work);
  };
  const eventually = async <Result>(begin: string, work: Work<Result>, waitMs: number, signal?: AbortSignal) => {
    const deadline = performance.now() + waitMs;
    for (;;) {
      throwIfAborted(signal);
      try {
        return turn(begin, work);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw translateError(error);
      }
      await sleep(pauseMs);
    }
  };
  return {
    read: (work, signal) => eventually("BEGIN", work, busyTimeoutMs, signal),
    write: (work, signal, waitMs = busyTimeoutMs) => eventually("BEGIN IMMEDIATE", work, waitMs, signal),
    close: () => {
      isClosed = true;
      connection?.close();
    },
  };
}

function connect(open: () => SqliteDatabase, setup: string): SqliteDatabase {
  const database = open();
  try {
    database.exec(`PRAGMA busy_timeout = 0; ${setup}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function transaction<Result>(
  database: SqliteDatabase,
  kept: Map<string, SqliteStatement>,
  begin: string,
  work: Work<Result>,
): Result {
  const prepare = (text: string): SqliteStatement => {
    const statement = kept.get(text) ?? database.prepare(text);
    kept.set(text, statement);
    return statement;
  };
  database.exec(begin);
  try {
    const [time] = prepare(`SELECT ${clock} AS now`).all({}) as readonly { readonly now: number }[];
    const result = work({
      database,
      all: <Row>(text: string, parameters: Parameters = {}) => prepare(text).all({ ...time, ...parameters }) as Row[],
      run: (text, parameters = {}) => prepare(text).run({ ...time, ...parameters }).changes,
    });
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // Some errors (a full disk) have ended the transaction already.
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
