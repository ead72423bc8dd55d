import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, test } from "vitest";
import { listStranded } from "./sql/stranded-work.ts";
import { never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { migrate, strandedWork } = openSession({ connectionString: url });

test("what is stranded is found without a look at the deliveries of strategies that workers have", async () => {
  await migrate(never);
  await pool.query(`INSERT INTO syncline.delivery (id, ordinal, revision, due_at, first_recorded_at, operation, strategy, key)
    SELECT n, 0, n, now(), now(), 'upsert', CASE WHEN n % 5 = 0 THEN 'gone' ELSE 'known' END, '{"id":"' || n || '"}' FROM generate_series(1, 200000) AS n`);
  await pool.query("VACUUM ANALYZE syncline.delivery");
  const known = ["gone", "known"];
  const { rows } = await pool.query<{ readonly "QUERY PLAN": string }>(
    `EXPLAIN (ANALYZE, TIMING OFF) ${listStranded('"syncline"').text}`,
    [
      [" ", ...known],
      [...known, "~"],
    ],
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toMatch(/Index Cond: \(\(strategy > gap\.low\) AND \(strategy < gap\.high\)\)/);
  expect(plan).not.toMatch(/Seq Scan on delivery/);
  expect(await strandedWork?.list(known, never)).toEqual([]);
  expect(await strandedWork?.list(["known"], never)).toMatchObject([{ strategy: "gone", pending: 40_000 }]);
});
