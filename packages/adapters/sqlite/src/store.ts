import { setTimeout as sleep, setImmediate as turnOfOthers } from "node:timers/promises";
import { throwIfAborted } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import type { Parameters, SqliteDatabase, SqliteStatement } from "./driver.ts";
import { isBusy, translateError } from "./errors.ts";

/** Statements on one connection, within one transaction. `@now`, in epoch milliseconds, is the same for all of them. */
export interface Sql {
  readonly database: SqliteDatabase;
  all<Row>(text: string, parameters?: Parameters): readonly Row[];
  /** As arrays. */
  rows(text: string, parameters?: Parameters): readonly (readonly unknown[])[];
  /** Returns how many rows were changed. */
  run(text: string, parameters?: Parameters): number;
  /** The transaction is to end without a trace. */
  undo(): void;
}

/** It has no `await` in it: see {@link openStore}. */
type Work<Result> = (sql: Sql) => Result;

export interface Store {
  /** In one snapshot. */
  read<Result>(work: Work<Result>, signal?: AbortSignal): Promise<Result>;
  /** In one transaction, once nobody else writes; `database.busy` if that takes longer than `waitMs`. */
  write<Result>(work: Work<Result>, signal?: AbortSignal, waitMs?: number): Promise<Result>;
  /**
   * In one snapshot, over several turns: at each `yield` others have theirs, once this one has lasted for some milliseconds.
   * One at a time.
   */
  readInTurns<Result>(work: (sql: Sql) => Generator<void, Result>, signal: AbortSignal): Promise<Result>;
  close(): void;
}

const longestTurnMs = 8;
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
export function openStore(
  open: () => SqliteDatabase,
  setup: (database: SqliteDatabase) => void,
  busyTimeoutMs: number,
): Store {
  let connection: SqliteDatabase | undefined;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();
  const kept = new Map<string, SqliteStatement>();
  const connected = () => {
    if (isClosed) throw new SynclineError("database.unavailable", "The session has been closed.");
    connection ??= connect(open, setup);
    return connection;
  };
  const turn = <Result>(begin: string, work: Work<Result>): Result => {
    const database = connected();
    database.exec(begin);
    return transaction(database, kept, work);
  };
  const inTurns = async <Result>(work: (sql: Sql) => Generator<void, Result>, signal: AbortSignal): Promise<Result> => {
    throwIfAborted(signal);
    const database = connected();
    database.exec("BEGIN");
    try {
      const steps = work(sqlOn(database, kept));
      let began = performance.now();
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done === true) return step.value;
        if (performance.now() - began < longestTurnMs) continue;
        await turnOfOthers();
        throwIfAborted(signal);
        connected();
        began = performance.now();
      }
    } finally {
      if (connection === database && database.inTransaction) database.exec("ROLLBACK");
    }
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
    readInTurns: (work, signal) => {
      const mine = last
        .then(() => inTurns(work, signal))
        .catch((error: unknown) => {
          throw translateError(error);
        });
      last = mine.catch(() => {});
      return mine;
    },
    write: (work, signal, waitMs = busyTimeoutMs) => eventually("BEGIN IMMEDIATE", work, waitMs, signal),
    close: () => {
      isClosed = true;
      connection?.close();
      connection = undefined;
    },
  };
}

function connect(open: () => SqliteDatabase, setup: (database: SqliteDatabase) => void): SqliteDatabase {
  const database = open();
  try {
    database.exec("PRAGMA busy_timeout = 0");
    setup(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function transaction<Result>(database: SqliteDatabase, kept: Map<string, SqliteStatement>, work: Work<Result>): Result {
  let isUndone = false;
  const undo = () => {
    isUndone = true;
  };
  try {
    const result = work({ ...sqlOn(database, kept), undo });
    database.exec(isUndone ? "ROLLBACK" : "COMMIT");
    return result;
  } catch (error) {
    // Some errors (a full disk) have ended the transaction already.
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** In a transaction that has begun. */
function sqlOn(database: SqliteDatabase, kept: Map<string, SqliteStatement>): Sql {
  const prepare = (text: string, isRaw = false): SqliteStatement => {
    const name = isRaw ? `raw ${text}` : text;
    const statement = kept.get(name) ?? (isRaw ? database.prepare(text).raw() : database.prepare(text));
    kept.set(name, statement);
    return statement;
  };
  const [time] = prepare(`SELECT ${clock} AS now`).all({}) as readonly { readonly now: number }[];
  return {
    database,
    all: <Row>(text: string, parameters: Parameters = {}) => prepare(text).all({ ...time, ...parameters }) as Row[],
    rows: (text, parameters = {}) => prepare(text, true).all({ ...time, ...parameters }) as unknown[][],
    run: (text, parameters = {}) => prepare(text).run({ ...time, ...parameters }).changes,
    undo: () => {},
  };
}
