import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, test } from "vitest";
import { claimDue } from "./sql/claim-due.ts";
import { planByKeys } from "./sql/planning.ts";
import { markBegun } from "./sql/transaction-step.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { accepted, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
/** One connection, which keeps its plans. */
const worker = openPool(url, 1);
const { poller, migrate } = openSession({ pool: worker });

async function read(table: string): Promise<{ readonly sequentially: number; readonly byIndex: number }> {
  await worker.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool.query(
    `SELECT seq_tup_read::int AS sequentially, idx_tup_fetch::int AS "byIndex" FROM pg_stat_user_tables
      WHERE relid = $1::regclass`,
    [table],
  );
  return rows[0];
}

/** All that a worker does with deliveries, one of each kind of settlement among them. */
async function round(name: string): Promise<void> {
  const keys = Array.from({ length: 4 }, (_, index) => `${name} ${index}`);
  await recordTexts(pool, keys);
  await poller.dispatch(4, routeTo("crm"), never);
  const claims = await poller.claim([{ strategy: "crm", count: 4, strict: false }], leaseOf(), never);
  expect(claims.length).toBe(4);
  await poller.renew(claims, 60_000);
  const failure = { kind: "rejected", code: "x", message: "x", effect: "no" } as const;
  const [first, second, ...others] = claims;
  if (first === undefined || second === undefined) throw new Error("unreachable");
  await poller.settle([{ result: "dead", claim: first, failure }, ...accepted([second])]);
  await poller.settle(accepted(others));
}

test("what was planned while the tables were empty still goes by the indexes when they are full", async () => {
  await migrate(never);
  // Vacuum finds empty tables: there is nothing that a plan could be cheaper on than to look at all of it.
  await pool.query("VACUUM ANALYZE syncline.change, syncline.delivery");
  for (let index = 0; index < 12; index += 1) await round(`before ${index}`);
  await pool.query(
    `INSERT INTO syncline.delivery (id, revision, due_at, first_recorded_at, operation, strategy, key)
     SELECT 1000000 + n, n, now() + interval '1 hour', now(), 'upsert', 'crm', n::text FROM generate_series(1, 20000) AS n`,
  );
  const before = { change: await read("syncline.change"), delivery: await read("syncline.delivery") };
  await round("after");
  await expect.poll(async () => (await read("syncline.delivery")).byIndex).toBeGreaterThan(before.delivery.byIndex);
  const after = { change: await read("syncline.change"), delivery: await read("syncline.delivery") };
  expect(after.delivery.sequentially - before.delivery.sequentially).toBe(0);
  expect(after.change.sequentially - before.change.sequentially).toBe(0);
  expect(after.delivery.byIndex - before.delivery.byIndex).toBeLessThan(100);
});

const token = "6f2b5a5e-2f5e-4a35-9a4c-3d4a8a3f1f10";

test.each([
  ["a claim", 1, claimDue("syncline").text, `'{crm}', '{10}', '{false}', '{0}', '${token}', 1000`],
  [
    "a dispatch",
    0,
    upsertDeliveries("syncline").text,
    `1, '{crm}', '{${token}}', '{1000}', '{NULL}', '{NULL}', '{1}', '{k}', '{0}', '{upsert}', '{NULL}', '{0}', '{1}', '{true}'`,
  ],
])(
  "%s that is planned on empty tables finds rows of a key by that, and asks %i times for those written one by one",
  async (_, times, text, parameters) => {
    await migrate(never);
    await pool.query("TRUNCATE syncline.delivery");
    await pool.query("VACUUM ANALYZE syncline.delivery");
    const client = await pool.connect();
    try {
      await client.query(`BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; ${planByKeys}; ${markBegun}`);
      await client.query(`PREPARE planned AS ${text}`);
      const { rows } = await client.query(`EXPLAIN EXECUTE planned (${parameters})`);
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      expect(plan.match(/using delivery_ordered on/g) ?? []).toHaveLength(times);
      expect(plan).not.toMatch(/Filter: .*\bkey = /);
    } finally {
      await client.query("ROLLBACK; DEALLOCATE ALL").finally(() => client.release());
    }
  },
);
