import { type ChangeSignal, type Logger, SynclineError } from "@syncline/core/spi";
import pg from "pg";
import { translateConnectError } from "./connect-errors.ts";
import { translateError } from "./errors.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { closesIdle, keepIdle } from "./sql/own-settings.ts";
import { commitsInOnePhase } from "./sql/record-changes.ts";

export interface ChangeSignalOptions {
  /** Not through a pooler in transaction mode, which loses the session that listens. */
  readonly connectionString: string | undefined;
  readonly channel: string;
  readonly connectionTimeoutMillis: number;
  readonly log: Logger;
  /** Whether recording notifies also where transactions may be prepared. Default false. */
  readonly isAlways?: boolean;
  /** How often the connection is asked whether it is still there, and listens. Default 30,000. */
  readonly keepAliveMs?: number;
  /** The first wait after a loss; doubled up to 10,000. Default 100. */
  readonly retryMs?: number;
}

const longestRetryMs = 10_000;

/** LISTEN on a connection of its own. */
export function createChangeSignal(options: ChangeSignalOptions): ChangeSignal {
  return {
    async listen(wake) {
      const stop = new AbortController();
      let attempted: () => void = () => {};
      const firstAttempt = new Promise<void>((resolve) => {
        attempted = resolve;
      });
      const ended = keepListening(options, wake, stop.signal, attempted);
      await firstAttempt;
      return async () => {
        stop.abort();
        await ended;
      };
    },
  };
}

/** Until `stop`: connect, listen, wait for the connection's end, wait a while. `attempted` is called when it is known whether the first try succeeded. */
async function keepListening(
  options: ChangeSignalOptions,
  wake: () => void,
  stop: AbortSignal,
  attempted: () => void,
): Promise<void> {
  const firstRetryMs = options.retryMs ?? 100;
  let hasListened = false;
  let retryMs = firstRetryMs;
  // What goes on failing in the same way is told once.
  let told: string | undefined;
  while (!stop.aborted) {
    const reason = await listenOnce(options, hasListened, wake, stop, () => {
      hasListened = true;
      retryMs = firstRetryMs;
      told = undefined;
      attempted();
    });
    attempted();
    if (stop.aborted) return;
    if (reason !== told)
      options.log.warn({ reason }, "The wake-up connection to PostgreSQL is down; polling goes on without it");
    told = reason;
    await sleep(retryMs * (0.5 + Math.random() / 2), stop);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }
}

/** Resolves with the reason when the connection has ended. */
async function listenOnce(
  options: ChangeSignalOptions,
  hasListened: boolean,
  wake: () => void,
  stop: AbortSignal,
  listening: () => void,
): Promise<string> {
  const client = new pg.Client({
    connectionString: options.connectionString,
    connectionTimeoutMillis: options.connectionTimeoutMillis,
    keepAlive: true,
    application_name: "syncline wake-up",
    // For the question whether it still listens; a LISTEN itself answers at once.
    query_timeout: options.connectionTimeoutMillis,
  });
  const ended = endOf(client, stop);
  client.on("notification", wake);
  let timer: NodeJS.Timeout | undefined;
  try {
    await client.connect().catch((error: unknown) => {
      throw translateConnectError(error);
    });
    await client.query(`LISTEN ${quoteIdentifier(options.channel)}`);
    await stayWhileIdle(client);
    if (!hasListened && options.isAlways !== true) await tellOfTwoPhases(client, options.log);
    listening();
    // What was committed while nobody listened has notified nobody.
    wake();
    timer = setInterval(() => {
      askWhetherListening(client, options.channel).catch((error: unknown) => client.emit("error", error));
    }, options.keepAliveMs ?? 30_000);
    timer.unref();
    return await ended;
  } catch (error) {
    return translateError(error).message;
  } finally {
    clearInterval(timer);
    await client.end().catch(() => {});
  }
}

/**
 * A pooler may answer by a session that never listened, and `DISCARD ALL` or a failover behind it
 * end what ours did.
 */
async function askWhetherListening(client: pg.Client, channel: string): Promise<void> {
  const text = `SELECT EXISTS (SELECT FROM pg_catalog.pg_listening_channels() AS c (name)
    WHERE c.name OPERATOR(pg_catalog.=) $1::pg_catalog.text)`;
  const { rows } = await client.query({ text, values: [channel], rowMode: "array" });
  if (rows[0]?.[0] === true) return;
  throw new SynclineError(
    "database.unavailable",
    "PostgreSQL: The session no longer listens. Listening does not go through a pooler in transaction mode: give `wakeUp.connectionString`.",
  );
}

async function stayWhileIdle(client: pg.Client): Promise<void> {
  const { rows } = await client.query({ text: `SELECT ${closesIdle}`, rowMode: "array" });
  if (rows[0]?.[0] === true) await client.query(`SET ${keepIdle}`);
}

/** Wake-ups were asked for, and there will be none. */
async function tellOfTwoPhases(client: pg.Client, log: Logger): Promise<void> {
  const { rows } = await client.query({ text: `SELECT ${commitsInOnePhase}`, rowMode: "array" });
  if (rows[0]?.[0] === true) return;
  log.warn(
    {},
    "Recording wakes nobody on this server: max_prepared_transactions is above 0, and PREPARE TRANSACTION fails after a " +
      'NOTIFY. Polling goes on. If no transaction that records is ever prepared: wakeUp: { notify: "always" }',
  );
}

function endOf(client: pg.Client, stop: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    // The listener stays: what is closed may still report how its socket ended.
    client.on("error", (error) => resolve(translateError(error).message));
    client.on("end", () => resolve("the connection was closed"));
    stop.addEventListener("abort", () => resolve("stopped"), { once: true });
    if (stop.aborted) resolve("stopped");
  });
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener("abort", done, { once: true });
  });
}
