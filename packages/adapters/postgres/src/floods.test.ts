import type { RecordedChange } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeEach, expect, test } from "vitest";
import { planByKeys } from "./sql/planning.ts";
import { takeFromFlood } from "./sql/take-from-flood.ts";
import { markBegun } from "./sql/transaction-step.ts";
import { never, openPool, openSession, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
let poller: ReturnType<typeof openSession>["poller"];

/** A worker that knows of no flood. */
beforeEach(async () => {
  const session = openSession({ connectionString: url });
  await session.migrate(never);
  poller = session.poller;
  await pool.query("TRUNCATE syncline.change, syncline.delivery");
});

async function record(category: string, count: number, strategy: string | null = null): Promise<void> {
  await pool.query(
    "INSERT INTO syncline.change (category, condition, strategy) SELECT $1, 'k' || n, $2 FROM generate_series(1, $3::int) AS n",
    [category, strategy, count],
  );
}

async function dispatch(limit: number): Promise<readonly RecordedChange[]> {
  const route = routeTo("crm");
  const { taken } = await poller.dispatch(limit, route, never);
  expect(taken).toBe(route.seen.length);
  return route.seen;
}

const kindsOf = (changes: readonly RecordedChange[]) => {
  const counts: Record<string, number> = {};
  for (const { category, strategy } of changes) {
    const kind = strategy === null ? category : `${category} for ${strategy}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

test("beside a flood, other categories' changes and another backfill's go along with a portion of it", async () => {
  await record("order", 1_000);
  await record("part", 2);
  await record("part", 3, "erp");
  expect(kindsOf(await dispatch(100))).toEqual({ order: 100 });
  expect(kindsOf(await dispatch(100))).toEqual({ order: 95, part: 2, "part for erp": 3 });
  await record("part", 1);
  expect(kindsOf(await dispatch(100))).toEqual({ order: 99, part: 1 });
});

test("beside a backfill, live changes of the same category go first, and it gets on", async () => {
  await record("order", 1_000, "crm");
  await record("order", 300);
  expect(kindsOf(await dispatch(100))).toEqual({ "order for crm": 100 });
  expect(kindsOf(await dispatch(100))).toEqual({ order: 50, "order for crm": 50 });
  expect(kindsOf(await dispatch(100))).toEqual({ order: 87, "order for crm": 13 });
});

test("of each kind the oldest go first, and the last dispatch has taken all", async () => {
  await record("order", 250);
  await record("part", 1);
  await record("order", 250);
  const taken: RecordedChange[] = [];
  // One that finds that a flood is over may be empty.
  for (let empty = 0; empty < 2; ) {
    const more = await dispatch(100);
    empty = more.length === 0 ? empty + 1 : 0;
    taken.push(...more);
  }
  const orders = taken.filter(({ category }) => category === "order").map(({ id }) => Number(id));
  expect(orders).toHaveLength(500);
  expect(orders).toEqual([...orders].sort((one, other) => one - other));
  expect(taken).toHaveLength(501);
});

test("what a dispatch puts back, the next one takes", async () => {
  await record("order", 300);
  await record("part", 1);
  await dispatch(100);
  expect(await poller.dispatch(100, () => undefined, never)).toMatchObject({ status: "stale", taken: 0 });
  expect(kindsOf(await dispatch(100))).toEqual({ order: 99, part: 1 });
});

test("a flood that another worker has taken is over", async () => {
  await record("order", 300);
  await dispatch(100);
  await pool.query("TRUNCATE syncline.change RESTART IDENTITY");
  await record("order", 3);
  expect(kindsOf([...(await dispatch(100)), ...(await dispatch(100))])).toEqual({ order: 3 });
});

test("a dispatch beside a flood goes by the primary key, and looks at so many rows at most", async () => {
  await record("order", 20_000);
  await pool.query("ANALYZE syncline.change");
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; ${planByKeys}; ${markBegun}`);
    await client.query(`PREPARE planned AS ${takeFromFlood("syncline").text}`);
    const parameters = "1000, 0, 0, 500, 5000, '{order,NULL}', '{NULL,crm}', '{0,0}', '{0.875,0.125}'";
    const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF) EXECUTE planned (${parameters})`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).not.toMatch(/Seq Scan on change/);
    // For no other category and for no backfill there is a change: two parts look in vain.
    const inVain = [...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, count]) => Number(count));
    expect(Math.max(...inVain)).toBeLessThanOrEqual(5_001);
    expect(plan).toMatch(/Delete on change .*rows=875 /);
  } finally {
    await client.query("ROLLBACK; DEALLOCATE ALL").finally(() => client.release());
  }
});
