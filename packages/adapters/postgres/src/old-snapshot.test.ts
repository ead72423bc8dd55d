import { testDatabase } from "@syncline/dev-postgres/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const worker = openPool(url, 1);
const { poller, migrate } = openSession({ pool: worker });
const reporting = await pool.connect();
/** Enough that stepping over them takes long on a fast machine, too. */
const delivered = 150_000;

beforeAll(async () => {
  await migrate(never);
  await reporting.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await reporting.query("SELECT count(*) FROM syncline.delivery");
  await pool.query(
    `INSERT INTO syncline.delivery (id, revision, due_at, first_recorded_at, operation, strategy, key)
     SELECT n, n, now() - interval '1 minute', now(), 'upsert', 'crm', n::text FROM generate_series(1, $1::int) AS n`,
    [delivered],
  );
  await pool.query("DELETE FROM syncline.delivery");
  await pool.query(
    "INSERT INTO syncline.change (category, condition) SELECT 'order', n::text FROM generate_series(1, $1::int) AS n",
    [delivered],
  );
  await pool.query("DELETE FROM syncline.change");
});
afterAll(async () => {
  await reporting.query("ROLLBACK");
  reporting.release();
});

interface Scans {
  readonly scans: number;
  readonly entries: number;
}

async function scansOf(index: string): Promise<Scans> {
  const { rows } = await pool.query(
    "SELECT idx_scan::float8 AS scans, idx_tup_read::float8 AS entries FROM pg_stat_user_indexes WHERE indexrelname = $1",
    [index],
  );
  return rows[0];
}

/** The index entries, dead ones included, that were stepped over meanwhile. */
async function steppedOver(index: string, work: () => Promise<unknown>): Promise<number> {
  const before = await scansOf(index);
  await work();
  // A session tells of what it did when it has been idle for ten seconds, or when it is asked to.
  await worker.query("SELECT pg_stat_force_next_flush()");
  await expect.poll(async () => (await scansOf(index)).scans, { timeout: 20_000 }).toBeGreaterThan(before.scans);
  return (await scansOf(index)).entries - before.entries;
}

const demands = [{ strategy: "crm", count: 10, strict: false }];
const claim = () => poller.claim(demands, leaseOf(), never);

function due(key: string, at: string) {
  return pool.query(
    `INSERT INTO syncline.delivery (id, revision, due_at, first_recorded_at, operation, strategy, key)
     SELECT nextval('syncline.revision'), 1, ${at}, now(), 'upsert', 'crm', $1`,
    [key],
  );
}

test("a claim steps once over what a held snapshot keeps from vacuum, and not again and again", async () => {
  expect(await steppedOver("delivery_due", claim)).toBeGreaterThanOrEqual(delivered);
  await due("new", "now()");
  const found: string[] = [];
  expect(
    await steppedOver("delivery_due", async () => found.push(...(await claim()).map(({ key }) => key))),
  ).toBeLessThan(delivered / 10);
  expect(found).toEqual(["new"]);
});

test("what became visible late is found by a full scan that comes soon", async () => {
  await due("late", "now() - interval '10 seconds'");
  await expect.poll(async () => (await claim()).map(({ key }) => key), { timeout: 30_000 }).toEqual(["late"]);
});

test("a dispatch steps over it once, too, and finds what is recorded from then on", async () => {
  await recordTexts(pool, ["a"]);
  const taken = async () => (await poller.dispatch(10, routeTo("crm"), never)).taken;
  expect(await steppedOver("change_pkey", async () => expect(await taken()).toBe(1))).toBeGreaterThanOrEqual(delivered);
  // What was gone through counts as such when a second has passed.
  const cheap = async () => {
    await recordTexts(pool, ["b"]);
    return steppedOver("change_pkey", async () => expect(await taken()).toBe(1));
  };
  await expect.poll(cheap, { timeout: 40_000 }).toBeLessThan(delivered / 10);
});

test("what a dispatch put back is taken by the next one, wherever scans begin", async () => {
  await recordTexts(pool, ["c"]);
  expect(await poller.dispatch(10, () => undefined, never)).toMatchObject({ status: "stale" });
  // Long enough for the ids that were gone through to count.
  const since = performance.now();
  await expect.poll(() => performance.now() - since, { timeout: 5_000 }).toBeGreaterThan(1_100);
  await poller.dispatch(10, () => undefined, never);
  expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ taken: 1 });
});
