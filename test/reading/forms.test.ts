import { category, createPipeline, strategy } from "@syncline/core";
import type { Transport } from "@syncline/core/spi";
import { createDatabase } from "@syncline/dev-postgres";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, it } from "vitest";

/**
 * Templates that are fast for one key and were thousands of times slower as a joined set, and
 * templates of which the opposite is true. Which form is taken is the database's word; that it is
 * the fastest is measured elsewhere, not asserted by a clock.
 */

const url = await createDatabase(await testDatabase());
const pool = new pg.Pool({ connectionString: url });
afterAll(() => pool.end());
await pool.query(
  `
  CREATE EXTENSION citext;
  CREATE TABLE customers (id bigint PRIMARY KEY, code char(12) UNIQUE, email citext UNIQUE);
  INSERT INTO customers SELECT i, 'CODE' || i, 'User' || i || '@Example.com' FROM generate_series(1, 12000) i;
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, region text, total numeric, status text);
  INSERT INTO orders SELECT i, 1 + (i * 7919) % 12000, 'r' || ((i * 31) % 600), i % 10000, 'PAID' FROM generate_series(1, 120000::bigint) i;
  CREATE INDEX ON orders (customer_id, id); CREATE INDEX ON orders (region);
  CREATE TABLE returns (id bigint PRIMARY KEY, order_id bigint, region text);
  INSERT INTO returns SELECT i, i * 5, 'r' || ((i * 155) % 600) FROM generate_series(1, 24000) i; CREATE INDEX ON returns (region);
  CREATE VIEW totals AS SELECT customer_id, sum(total) AS s, count(*) AS n FROM orders GROUP BY customer_id;
  CREATE VIEW latest AS SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, id DESC;
  CREATE VIEW ranked AS SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY id DESC) AS rn FROM orders o;
  CREATE VIEW either AS SELECT id, customer_id, 'o' AS k FROM orders UNION SELECT id, id, 'c' FROM customers;
  ANALYZE`,
);

const idle: Transport = {
  specVersion: 1,
  name: "idle",
  capabilities: { batch: true, perItemOutcome: false, delete: true },
  open: () => ({ invoke: async () => ({ status: "accepted" }) }),
};

async function formsOf(field: "bigint" | "string", query: string, key: unknown) {
  const subject = category("subject", { k: field });
  const own = strategy("own", {
    category: subject,
    query,
    downstream: "d",
    path: "/",
    whenAbsent: "skip",
    rows: "many",
  });
  const pipeline = createPipeline({
    database: postgres({ connectionString: url }),
    categories: [subject],
    strategies: [own],
    downstreams: { d: idle },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  try {
    return (await pipeline.preview("own", { k: key } as never)).forms;
  } finally {
    await pipeline.stop();
  }
}

it.each([
  [
    "string",
    "SELECT id FROM orders WHERE region = :k AND total > (SELECT avg(total) FROM orders WHERE region = :k)",
    "r7",
  ],
  [
    "string",
    "SELECT id FROM orders WHERE region = :k AND id NOT IN (SELECT order_id FROM returns WHERE region = :k)",
    "r7",
  ],
  ["string", "SELECT id, (SELECT count(*) FROM returns WHERE region = :k) AS n FROM orders WHERE region = :k", "r7"],
  ["bigint", "SELECT * FROM ranked WHERE customer_id = :k AND rn = 1", 7],
  ["bigint", "SELECT * FROM totals WHERE customer_id = :k", 7],
  ["bigint", "SELECT * FROM latest WHERE customer_id = :k", 7],
  ["bigint", "SELECT id, k FROM either WHERE customer_id = :k", 7],
  [
    "bigint",
    `SELECT c.id, a.n FROM customers c
       LEFT JOIN (SELECT customer_id, count(*) AS n FROM orders WHERE status = 'PAID' GROUP BY customer_id) a
              ON a.customer_id = c.id
      WHERE c.id = :k`,
    7,
  ],
] as const)("is not merged into the join where that runs it for all rows: %s %s", async (field, query, key) => {
  const { one, hundred } = await formsOf(field, query, key);
  expect(hundred[0]).not.toBe("joined");
  expect(one).toContain("each");
});

it.each([
  ["bigint", "SELECT id, total FROM orders WHERE id = :k", 7],
  ["string", "SELECT id FROM customers WHERE code = :k", "CODE7"],
  ["string", "SELECT id FROM customers WHERE email = :k", "user7@example.com"],
  ["bigint", "SELECT id, rank FROM (SELECT id, rank() OVER (ORDER BY total) AS rank FROM orders) r WHERE id = :k", 7],
] as const)("is joined where one statement for all keys is cheapest: %s %s", async (field, query, key) => {
  expect((await formsOf(field, query, key)).hundred[0]).toBe("joined");
});
