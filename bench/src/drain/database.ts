import pg from "pg";
import type { BenchContext } from "./bench-context.ts";

const createRows = `CREATE TABLE item (
  id integer PRIMARY KEY,
  name text NOT NULL,
  quantity integer NOT NULL,
  price numeric(12, 2) NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
)`;

const fillRows = `INSERT INTO item (id, name, quantity, price)
SELECT id, 'An item whose name is of middling length, number ' || id, id % 100, (id % 10000) / 100.0
FROM generate_series(1, $1::int) AS id`;

/** Runs `use` with a fresh database of its own that holds `rows` items. */
export async function withDatabase<Result>(
  { server }: BenchContext,
  rows: number,
  use: (url: string, client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const url = await server.createDatabase();
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(createRows);
    await client.query(fillRows, [rows]);
    // A table in use has been analysed; a minute of autovacuum would do the same.
    await client.query("VACUUM ANALYZE item");
    return await use(url, client);
  } finally {
    await client.end();
    await server.dropDatabase(url);
  }
}
