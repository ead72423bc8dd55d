import type { QueryLimits, QueryResult, QueryRunner, Statement } from "../../contracts/query-runner.ts";
import { isSynclineError, SynclineError } from "../../model/errors.ts";
import type { WireValue } from "../../model/wire.ts";
import { throwIfAborted } from "../aborted.ts";
import { ByteLimit } from "../byte-limit.ts";
import type { Connections } from "./connections.ts";
import { type KeyedRead, KeyedRows, keyedRead } from "./keyed-reads.ts";

/** Of one execution. */
export interface KeyAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly WireValue[])[];
}

/** A text that is prepared on one connection. */
export interface PreparedRead {
  /** @param most rows of the answer that are looked at; it may hold more. */
  run(key: unknown, most: number): Promise<KeyAnswer>;
  /** Not waited for. */
  close(): void;
}

/** Whose fault an error is: the connection's or our own statements', or that of the query, before or while it ran. */
export type ReadPhase = "own" | "prepared" | "query";

export interface PerKeyParts<Connection> {
  readonly connections: Connections<Connection>;
  /** See `QueryRunner.concurrency`. */
  readonly concurrency?: number;
  /** A read-only snapshot that nothing can leave, with the time limit where the server has one. */
  begin(connection: Connection, limits: QueryLimits): Promise<unknown>;
  /**
   * What somebody else wrote, if it is one SELECT and nothing else. Called once with each text.
   *
   * @param read of a set, each key is what the dialect's `keyOf` made; otherwise it is the list of
   * the statement's parameters.
   */
  prepare(connection: Connection, read: KeyedRead, limits: QueryLimits): Promise<PreparedRead>;
  /** ROLLBACK, and what else undoes what a query may have done. If it fails, the connection is ended. */
  end(connection: Connection): Promise<unknown>;
  translate(error: unknown, phase: ReadPhase): SynclineError;
  /** Executions that are on their way at once, for a driver that pipelines. Default 1. */
  readonly pipelined?: number;
}

/** The server ends a statement at its limit; this is for all of them, and for a server that does not. */
const limitGraceMs = 100;

/**
 * Reads of a database without LATERAL: all statements in one snapshot, each prepared once and run
 * for each of its keys. See `perKeyForms` for its dialect. What does not end in time is ended with
 * its connection.
 */
export function createPerKeyRunner<Connection>(parts: PerKeyParts<Connection>): QueryRunner {
  const { connections, concurrency } = parts;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    async run(statements, limits, signal) {
      throwIfAborted(signal);
      if (statements.length === 0) return [];
      const { timeoutMs } = limits;
      const late = () => new SynclineError("query.timeout", `The query took longer than ${timeoutMs} ms.`);
      const bounds = { deadlineMs: timeoutMs + limitGraceMs, late, abortGraceMs: 0 };
      return connections
        .withConnection((connection, doubt) => readAll(parts, connection, statements, limits, doubt), signal, bounds)
        .catch((error: unknown) => {
          throw isSynclineError(error) ? error : parts.translate(error, "own");
        });
    },
  };
}

async function readAll<Connection>(
  parts: PerKeyParts<Connection>,
  connection: Connection,
  statements: readonly Statement[],
  limits: QueryLimits,
  doubt: () => void,
): Promise<readonly QueryResult[]> {
  const inPhase = async <Result>(phase: ReadPhase, work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      if (parts.connections.breaksConnection(error)) doubt();
      throw isSynclineError(error) ? error : parts.translate(error, phase);
    }
  };
  const preparedReads = new Map<string, PreparedRead>();
  const preparedOf = async (read: KeyedRead): Promise<PreparedRead> => {
    const name = `${read.kind} ${read.text}`;
    const known = preparedReads.get(name);
    if (known !== undefined) return known;
    const prepared = await inPhase("prepared", parts.prepare(connection, read, limits));
    preparedReads.set(name, prepared);
    return prepared;
  };
  try {
    await inPhase("own", parts.begin(connection, limits));
    const bytes = new ByteLimit(limits.maxBytes);
    const results: QueryResult[] = [];
    // One after the other: the executions of one are what is on its way at the same time.
    for (const statement of statements) {
      const read = keyedRead(statement);
      const prepared = await preparedOf(read);
      const rows = new KeyedRows(read, limits, bytes);
      await inPhase("query", runForKeys(prepared, read.keys, rows, parts.pipelined ?? 1));
      results.push(rows.result());
    }
    return results;
  } finally {
    for (const prepared of preparedReads.values()) prepared.close();
    await parts.end(connection).catch(doubt);
  }
}

async function runForKeys(
  prepared: PreparedRead,
  keys: readonly unknown[],
  rows: KeyedRows,
  pipelined: number,
): Promise<void> {
  for (let start = 0; start < keys.length; start += pipelined) {
    const { most } = rows;
    const executions = keys.slice(start, start + pipelined).map((key) => prepared.run(key, most));
    // All have ended before the first error is thrown: none is left on the connection.
    const ended = await Promise.allSettled(executions);
    for (const [index, each] of ended.entries()) {
      if (each.status === "rejected") throw each.reason;
      rows.add(start + index, each.value.columns, each.value.rows);
    }
  }
}
