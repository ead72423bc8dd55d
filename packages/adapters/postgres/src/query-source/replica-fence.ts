import { abortedError, onAbort, throwIfAborted } from "@syncline/core/adapter-kit";
import { isSynclineError } from "@syncline/core/spi";
import type { PgClient, PgPool } from "../driver.ts";
import { translateError } from "../errors.ts";
import { lsnText } from "./lsn.ts";
import { askPrimary, askReplayed, askSource, type PrimaryMark, type SourceMark } from "./server-marks.ts";
import { askingFailed, unfit, wrongSource } from "./unfit-source.ts";

/** A statement that goes out before a read's BEGIN, in one message with it, and so to the same server. */
export interface FenceCheck {
  readonly text: string;
  /** Throws if the answer says that this read may not count. */
  accept(row: unknown): void;
}

/** What a read asks of a connection before its snapshot is taken. */
export interface ReadFence {
  /**
   * Errors: `database.unavailable` that `unfitnessOf` knows, `query.invalid` for a server that is
   * none of ours, `operation.aborted`. The connection is to be given up then.
   */
  admit(client: PgClient, signal: AbortSignal): Promise<FenceCheck | undefined>;
}

/**
 * A connection that leads to the primary itself is asked again after so long: a pooler, or the
 * primary, may have moved.
 */
const trustMs = 10_000;

const longestPauseMs = 50;

/**
 * A server that has not answered for so long, beyond the wait, has fallen silent: its answers take
 * about 1 ms.
 */
const silenceMs = 2_000;

/**
 * A replica is read only once it has replayed what the primary had when the read began. It would
 * show older states otherwise, and a change is forgotten when what was read for it is accepted.
 *
 * That is asked before the snapshot is taken: within the read's transaction, the snapshot would be
 * older than the answer.
 */
export class ReplicaFence implements ReadFence {
  readonly #primary: PgPool;
  readonly #waitMs: number;
  /** Connections that lead to the primary itself, and when that was seen. They cost nothing more. */
  readonly #leadHome = new WeakMap<PgClient, number>();
  /** Who logs in at the source, as far as is known. */
  login: string | undefined;

  constructor(primary: PgPool, waitMs: number) {
    this.#primary = primary;
    this.#waitMs = waitMs;
  }

  async admit(client: PgClient, signal: AbortSignal): Promise<FenceCheck | undefined> {
    const seen = this.#leadHome.get(client);
    if (seen !== undefined && performance.now() - seen < trustMs) return undefined;
    return answering(this.#admit(client, signal), this.#waitMs + silenceMs);
  }

  async #admit(client: PgClient, signal: AbortSignal): Promise<FenceCheck | undefined> {
    const giveUpAt = performance.now() + this.#waitMs;
    const [primary, source] = await Promise.all([
      this.#askPrimary(),
      askSource(client).catch(rejectWith(askingFailed)),
    ]);
    throwIfAborted(signal);
    this.login = source.login;
    refuseStrangers(primary, source);
    if (!source.inRecovery) {
      if (source.startedAt !== primary.startedAt) throw unfit("promoted");
      this.#leadHome.set(client, performance.now());
      return undefined;
    }
    if (source.timeline !== primary.timeline) throw unfit("timeline");
    await this.#untilReplayed(client, source.replayed, primary.target, giveUpAt, signal);
    return checkOf(primary);
  }

  /** What goes wrong here is the primary's fault, and no reason to read there. */
  async #askPrimary(): Promise<PrimaryMark> {
    return askPrimary(this.#primary).catch(
      rejectWith((error) => {
        const known = translateError(error);
        return known.code === "database.unavailable" ? known : askingFailed(error);
      }),
    );
  }

  async #untilReplayed(
    client: PgClient,
    first: bigint | undefined,
    target: bigint,
    giveUpAt: number,
    signal: AbortSignal,
  ): Promise<void> {
    let replayed = first;
    for (
      let pauseMs = 1;
      replayed === undefined || replayed < target;
      pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    ) {
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw unfit("behind");
      await pause(Math.min(pauseMs, leftMs), signal);
      replayed = await askReplayed(client).catch(rejectWith(askingFailed));
    }
  }
}

function refuseStrangers(primary: PrimaryMark, source: SourceMark): void {
  if (source.system !== primary.system)
    throw wrongSource(
      "another server, and not to a streaming replica of the one with Syncline's tables (its system identifier is another)",
    );
  if (source.database !== primary.database)
    throw wrongSource(`the database "${source.database}", while Syncline's tables are in "${primary.database}"`);
}

/** A pooler may hand the read's transaction to another server than the one that was asked. */
function checkOf({ system, target }: PrimaryMark): FenceCheck {
  return {
    text: `SELECT pg_catalog.pg_last_wal_replay_lsn() OPERATOR(pg_catalog.>=) '${lsnText(target)}'::pg_catalog.pg_lsn
   AND pg_catalog.pg_is_in_recovery()
   AND (SELECT system_identifier FROM pg_catalog.pg_control_system()) OPERATOR(pg_catalog.=) ${BigInt(system)}`,
    accept: (row) => {
      if (!Array.isArray(row) || String(row[0]).charAt(0) !== "t") throw unfit("behind");
    },
  };
}

function rejectWith(translate: (error: unknown) => unknown): (error: unknown) => never {
  return (error) => {
    throw isSynclineError(error) ? error : translate(error);
  };
}

async function answering<Result>(admission: Promise<Result>, withinMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unfit("away", new Error("it does not answer"))), withinMs);
  });
  try {
    return await Promise.race([admission, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopWatching();
      resolve();
    }, ms);
    const stopWatching = onAbort(signal, () => {
      clearTimeout(timer);
      reject(abortedError());
    });
  });
}
