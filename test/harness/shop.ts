import pg from "pg";
import { afterAll } from "vitest";

const schema = `
  CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
  CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    status text NOT NULL DEFAULT 'PAID',
    total numeric(12, 2) NOT NULL DEFAULT 0,
    note text
  );
  INSERT INTO customers SELECT n, 'c' || n || '@example.com' FROM generate_series(1, 20) AS n`;

/** The shop's tables in an empty database, and a pool of the application's own. */
export async function openShop(url: string): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  pool.on("error", () => {});
  afterAll(() => pool.end());
  await pool.query(schema);
  return pool;
}
