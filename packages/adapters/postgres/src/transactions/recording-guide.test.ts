import { readFileSync } from "node:fs";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { column, never, openPool, openSession } from "../testing/session.ts";

// The guide's SQL is run as it stands there.
const guide = readFileSync(new URL("../../../../../docs/recording.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql ?? "");

const pool = openPool(await testDatabase());
const { migrate } = openSession({ pool });
const recorded = () =>
  column(pool, "SELECT category || ' ' || operation || ' ' || condition FROM syncline.change ORDER BY id");

beforeAll(async () => {
  await migrate(never);
  await pool.query("CREATE TABLE orders (id bigint, customer_id bigint)");
});
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.change");
});

test("the guide's calls record what they say", async () => {
  await pool.query("INSERT INTO orders VALUES (8, 7), (9, 7), (10, 11)");
  await pool.query(blocks[0] ?? "");
  expect(await recorded()).toEqual([
    'order upsert {"orderId": 42}',
    'order delete {"orderId": 42}',
    'order upsert {"orderId": 8}',
    'order upsert {"orderId": 9}',
    'order upsert {"orderId": 1}',
    'order upsert {"orderId": 2}',
  ]);
});
