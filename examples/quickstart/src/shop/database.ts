import { devPostgres } from "@syncline/dev-postgres";
import pg from "pg";

/** The shop's database, on a server that needs no installation. Disposing it leaves nothing behind. */
export interface ShopDatabase extends AsyncDisposable {
  /** What server this is, for people. */
  readonly description: string;
  /** A shell line that opens a session. */
  readonly psql: string;
  /** The shop's own connections. */
  readonly pool: pg.Pool;
  /** Where Syncline reaches the same database. */
  readonly url: string;
}

export async function openShopDatabase(connections: number): Promise<ShopDatabase> {
  const server = await devPostgres();
  if (!server.multiSession) {
    await server.stop();
    throw new Error(
      `the tills and the pipeline need connections of their own, and this machine offers only ${server.description}. ` +
        "Install PostgreSQL, or set DATABASE_URL to a server whose role may create databases.",
    );
  }
  const url = await server.createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: connections });
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on("error", () => {});
  return {
    description: server.description,
    psql: psqlLine(url),
    pool,
    url,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await server.dropDatabase(url);
      await server.stop();
    },
  };
}

/** Not as an argument, which everybody on the machine would see. */
function psqlLine(url: string): string {
  const address = new URL(url);
  const { password } = address;
  address.password = "";
  return password === "" ? `psql ${url}` : `PGPASSWORD='${decodeURIComponent(password)}' psql ${address.href}`;
}
