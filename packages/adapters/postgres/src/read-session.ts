import { abortedError, byteLimitError, orAborted, throwIfAborted } from "@syncline/core/adapter-kit";
import { meterBytes } from "./byte-meter.ts";
import type { CancelChannel } from "./cancel-channel.ts";
import { translateConnectError } from "./connect-errors.ts";
import type { PgClient, PgPool } from "./driver.ts";
import { translateError } from "./errors.ts";
import type { ReadFence } from "./query-source/replica-fence.ts";
import { ReadConnection, type ReadSession } from "./read-connection.ts";
import type { KeptSettings, SessionLimits } from "./sql/read-transaction.ts";

export interface ReadSessionOptions extends SessionLimits {
  readonly pool: PgPool;
  /** How what runs there is ended. */
  readonly channel: CancelChannel;
  /** Asked before the snapshot is taken. A connection that it refuses is given up. */
  readonly fence?: ReadFence | undefined;
  /** For the whole session. */
  readonly maxBytes: number | undefined;
  readonly signal: AbortSignal;
  /** A round trip more, for statements that have no guard. */
  readonly waitsForBegin: boolean;
  /** Whether several statements of templates run: none keeps what the one before has set. */
  readonly runsSeveral: boolean;
  /** What connections of the pool may keep from one read to the next. */
  readonly keeps: KeptSettings;
}

/** Runs `work` in a snapshot that ends when `work` does. The connection goes back only if it is known to be clean. */
export async function withReadSession<Result>(
  options: ReadSessionOptions,
  work: (session: ReadSession) => Promise<Result>,
): Promise<Result> {
  const { pool, channel, signal, maxBytes, runsSeveral, keeps } = options;
  throwIfAborted(signal);
  const client = await checkOut(pool, signal);
  const isPipelined = !options.waitsForBegin && client.pipeline === true;
  const connection = new ReadConnection({ client, channel, isPipelined, runsSeveral, keeps, limits: options });
  const onAbort = () => connection.interrupt(abortedError());
  signal.addEventListener("abort", onAbort, { once: true });
  let stopMetering = () => {};
  let ended = false;
  try {
    throwIfAborted(signal);
    if (maxBytes !== undefined)
      stopMetering = meterBytes(client, maxBytes, () => connection.cut(byteLimitError(maxBytes)));
    const check = await options.fence?.admit(client, signal).catch((error: unknown) => {
      connection.cut(translateError(error));
      throw error;
    });
    // From here on the time counts: that a replica is behind is no fault of the query's.
    await connection.begin(check);
    const result = await work(connection);
    // Whoever reads need not wait for the ROLLBACK: the connection goes back to its pool after it, and not before.
    ended = true;
    void connection.end();
    return result;
  } finally {
    stopMetering();
    signal.removeEventListener("abort", onAbort);
    if (!ended) await connection.end();
  }
}

/** The pool's own limit bounds the wait; the signal ends it sooner, and a connection that comes late goes back. */
function checkOut(pool: PgPool, signal: AbortSignal): Promise<PgClient> {
  const coming = pool.connect().catch((error: unknown) => {
    throw translateConnectError(error);
  });
  return orAborted(coming, (client) => client.release(), signal);
}
