import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import type { Parameters, Row, SqliteDatabase, SqliteStatement } from "./driver.ts";
import { isBusy, translateError } from "./errors.ts";

/** Statements on one connection, within one transaction. */
export interface Sql {
  /** Epoch milliseconds, the same for the whole transaction. */
  readonly now: number;
  all(text: string, parameters?: Parameters): readonly Row[];
  /** Returns how many rows were changed. */
  run(text: string, parameters?: Parameters): number;
  /** Neither kept nor run yet. */
  prepare(text: string): SqliteStatement;
  exec(text: string): void;
}

/** Work has no `await` in it: see {@link openStore}. */
type Work<Result> = (sql: Sql) => Result;

export interface Store {
  /** In one snapshot. */
  read<Result>(work: Work<Result>, signal?: AbortSignal): Promise<Result>;
  /** In one transaction, once nobody else writes. */
  write<Result>(work: Work<Result>, signal?: AbortSignal): Promise<Result>;
  /** In one transaction; `undefined` if somebody else writes now. */
  writeUnlessBusy<Result>(work: Work<Result>, signal: AbortSignal): Promise<Result | undefined>;
  close(): void;
}

export interface StoreSettings {
  readonly open: () => SqliteDatabase;
  /** How long to wait for whoever writes. */
  readonly busyTimeoutMs: number;
  /** Run when the connection is opened. */
  readonly setup: string;
}

const pauseMs = 3;
/** SQLite's clock, and so the same for every process of the machine: see `recorded_at`. */
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
export function openStore(settings: StoreSettings): Store {
  let connection: Connection | undefined;
  let isClosed = false;
  const once = <Result>(begin: string, work: Work<Result>, signal?: AbortSignal): Result => {
    throwIfAborted(signal);
    if (isClosed) throw new SynclineError("database.unavailable", "The session has been closed.");
    connection ??= connect(settings);
    return connection.transaction(begin, work);
  };
  const waiting = async <Result>(begin: string, work: Work<Result>, signal?: AbortSignal): Promise<Result> => {
    const deadline = performance.now() + settings.busyTimeoutMs;
    for (;;) {
      try {
        return once(begin, work, signal);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw translateError(error);
      }
      await sleep(pauseMs);
    }
  };
  return {
    read: (work, signal) => waiting("BEGIN", work, signal),
    write: (work, signal) => waiting("BEGIN IMMEDIATE", work, signal),
    writeUnlessBusy: async (work, signal) => {
      try {
        return once("BEGIN IMMEDIATE", work, signal);
      } catch (error) {
        if (isBusy(error)) return undefined;
        throw translateError(error);
      }
    },
    close: () => {
      isClosed = true;
      connection?.close();
    },
  };
}

interface Connection {
  transaction<Result>(begin: string, work: Work<Result>): Result;
  close(): void;
}

function connect({ open, setup }: StoreSettings): Connection {
  const database = open();
  try {
    database.exec(`PRAGMA busy_timeout = 0; ${setup}`);
  } catch (error) {
    database.close();
    throw error;
  }
  const kept = new Map<string, SqliteStatement>();
  const keep = (text: string, prepare: () => SqliteStatement): SqliteStatement => {
    const statement = kept.get(text) ?? prepare();
    kept.set(text, statement);
    return statement;
  };
  const all = (text: string, parameters: Parameters = {}) =>
    keep(text, () => database.prepare(text).raw().safeIntegers()).all(parameters) as Row[];
  return {
    transaction: (begin, work) => {
      database.exec(begin);
      try {
        const result = work({
          now: Number(all(`SELECT ${clock}`)[0]?.[0]),
          all,
          run: (text, parameters = {}) => keep(text, () => database.prepare(text)).run(parameters).changes,
          prepare: (text) => database.prepare(text),
          exec: (text) => void database.exec(text),
        });
        database.exec("COMMIT");
        return result;
      } catch (error) {
        // Some errors (a full disk) have ended the transaction already.
        if (database.inTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => void database.close(),
  };
}
