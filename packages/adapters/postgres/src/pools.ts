import type { Logger } from "@syncline/core/spi";
import pg from "pg";
import { type CancelChannel, createCancelChannel } from "./cancel-channel.ts";
import type { PgClient, PgPool } from "./driver.ts";
import type { ResolvedPostgresOptions } from "./options.ts";

/** A pool and how to let go of it. */
export interface OwnedPool {
  readonly pool: PgPool;
  /** Ends what was given up on the pool's connections. */
  readonly channel: CancelChannel;
  /** Whether nobody else is given its connections. */
  readonly isOwn: boolean;
  /** Its connections at most, as far as is known. */
  readonly max: number | undefined;
  /** Closes a pool that we made; leaves one alone that the application owns. */
  close(): Promise<void>;
}

/** No I/O: a pool connects on first use. */
export function openPool(
  source: { readonly connectionString?: string | undefined; readonly pool?: PgPool | undefined },
  options: ResolvedPostgresOptions,
  log: Logger,
): OwnedPool {
  const pool = source.pool ?? makePool(source.connectionString, options);
  const channel = createCancelChannel(pool, onePool(pool), log);
  // An idle connection that the server closes is an event of the pool; without a listener it ends the process.
  // The driver does not wait until the connections that it ends are closed. A server that stops at
  // once closes them first, and nothing is lost.
  let isEnding = false;
  const onError = (error: Error) => {
    if (!isEnding) log.warn({ error: error.message }, "A PostgreSQL connection was lost while idle");
  };
  pool.on("error", onError);
  // A connection that is closed in the very moment it was made says so before whoever asked for it can listen.
  const onConnect = (client: PgClient) => void client.on("error", () => {});
  pool.on("connect", onConnect);
  return {
    pool,
    channel,
    isOwn: source.pool === undefined,
    max: pool.options !== undefined && "max" in pool.options ? Number(pool.options.max) : undefined,
    close: async () => {
      await channel.close();
      isEnding = source.pool === undefined;
      if (isEnding) await pool.end();
      pool.removeListener("connect", onConnect);
      if (source.pool !== undefined) pool.removeListener("error", onError);
    },
  };
}

/** Nothing but the application's name goes into the startup packet: PgBouncer refuses settings there. */
function makePool(connectionString: string | undefined, options: ResolvedPostgresOptions): PgPool {
  return new pg.Pool({
    connectionString,
    max: options.max,
    // The driver's default is to wait for ever.
    connectionTimeoutMillis: options.connectionTimeoutMillis,
    idleTimeoutMillis: options.idleTimeoutMillis,
    keepAlive: true,
    application_name: "syncline",
    // A statement goes out while the answer to the one before is on its way. Drivers before pg 8.23 do not know it.
    pipeline: true,
  });
}

/** To connect takes a few milliseconds. */
const connectMs = 2_000;

/**
 * Makes a pool of one connection, of the same driver and login as `pool`, which stays open once it
 * was used. `undefined`: a pool of the application's that does not show what it was made with.
 */
export function onePool(pool: PgPool): (() => PgPool) | undefined {
  const { options } = pool;
  const make: unknown = pool.constructor;
  if (options === undefined || typeof make !== "function" || make === Object) return undefined;
  return () => {
    const own = {
      ...options,
      // The driver hides it from whoever copies the options.
      ...("password" in options ? { password: options.password } : {}),
      max: 1,
      min: 0,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: connectMs,
      allowExitOnIdle: true,
      pipeline: false,
      application_name: "syncline cancel",
    };
    const one: PgPool = Reflect.construct(make, [own]);
    one.on("error", () => {});
    one.on("connect", (client) => void client.on("error", () => {}));
    return one;
  };
}
