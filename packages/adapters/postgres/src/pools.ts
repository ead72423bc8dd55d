import type { Logger } from "@syncline/core/spi";
import pg from "pg";
import type { PgClient, PgPool } from "./driver.ts";
import type { ResolvedPostgresOptions } from "./options.ts";

/** A pool and how to let go of it. */
export interface OwnedPool {
  readonly pool: PgPool;
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
  // An idle connection that the server closes is an event of the pool; without a listener it ends the process.
  const onError = (error: Error) => log.warn({ error: error.message }, "A PostgreSQL connection was lost while idle");
  pool.on("error", onError);
  // A connection that is closed in the very moment it was made says so before whoever asked for it can listen.
  const onConnect = (client: PgClient) => void client.on("error", () => {});
  pool.on("connect", onConnect);
  return {
    pool,
    close: async () => {
      if (source.pool === undefined) await pool.end();
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
