import { devPostgres } from "@syncline/dev-postgres";
import type { PostgresOptions } from "@syncline/postgres";
import pg from "pg";

/** The shop's database, on a server that needs no installation. Disposing it leaves nothing behind. */
export interface ShopDatabase extends AsyncDisposable {
  /** What server this is, for people. */
  readonly description: string;
  /** A shell line that opens a session, where the server can have more than one. */
  readonly psql: string | undefined;
  /** The shop's own connections. */
  readonly pool: pg.Pool;
  /** How Syncline reaches the same database. */
  readonly connection: PostgresOptions;
}

export async function openShopDatabase(connections: number): Promise<ShopDatabase> {
  const server = await devPostgres();
  if (!server.multiSession) {
    const { description, pool } = server;
    return { description, psql: undefined, pool, connection: { pool }, [Symbol.asyncDispose]: () => server.stop() };
  }
  const url = await server.createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: connections });
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on("error", () => {});
  return {
    description: server.description,
    psql: `psql ${url}`,
    pool,
    connection: { connectionString: url },
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await server.dropDatabase(url);
      await server.stop();
    },
  };
}
