import { type CategoryDefinition, category } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { column, never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { backfills, migrate } = openSession({ connectionString: url });
if (backfills === undefined) throw new Error("PostgreSQL keeps backfills");
const store = backfills;
const record = { action: "backfill", actor: null, reason: null, strategy: "crm", selection: "{}" } as const;

beforeAll(() => migrate(never));
beforeEach(() => pool.query("TRUNCATE syncline.change"));

/** All keys, chunk by chunk; the conditions that were recorded, in their order, and how many chunks it took. */
async function backfilled(of: CategoryDefinition, keys: string, limit: number) {
  const lease = { owner: crypto.randomUUID(), durationMs: 60_000 };
  const examined = await store.examine(of, keys, never);
  const about = { strategy: "crm", category: of.name, fields: "[]", keys, allKeys: false };
  const throttle = { chunk: limit, rate: null, maxWaiting: null };
  const id = await store.begin({ ...examined, ...about, ...throttle }, lease, never, record);
  for (let chunks = 1; ; chunks += 1) {
    const [job] = await store.list({ id, limit: 1 }, never);
    if (job === undefined) throw new Error("it is not there");
    const chunk = await store.record(job, of, lease, limit, never);
    if (chunk?.isLast !== false) {
      const conditions = await column(pool, "SELECT condition FROM syncline.change ORDER BY id");
      const [end] = await store.list({ id, limit: 1 }, never);
      return { conditions, chunks, end, ...examined };
    }
    if (chunks > 1_000) throw new Error("it does not come to an end");
  }
}

describe("each key once, whatever the order of its type", () => {
  it.each<[string, Parameters<typeof category>[1], string]>([
    [
      "numbers with their digits",
      { id: "decimal" },
      "SELECT (n * 1.10)::numeric AS id FROM generate_series(-30, 30) AS n",
    ],
    ["floats", { id: "decimal" }, "SELECT (n / 3.0)::float8 AS id FROM generate_series(-30, 30) AS n"],
    ["64 bits", { id: "bigint" }, "SELECT (9223372036854775807 - n) AS id FROM generate_series(0, 60) AS n"],
    ["UUIDs", { id: "uuid" }, "SELECT md5(n::text)::uuid AS id FROM generate_series(0, 60) AS n"],
    ["dates", { id: "date" }, "SELECT date '1999-12-01' + n AS id FROM generate_series(0, 60) AS n"],
    [
      "times",
      { id: "timestamp" },
      "SELECT timestamptz '2026-10-25 00:00:00.000001+00' + n * interval '7 minutes' AS id FROM generate_series(0, 60) AS n",
    ],
    [
      "times without a zone",
      { id: "timestamp" },
      "SELECT timestamp '2026-10-25' + n * interval '1 hour' AS id FROM generate_series(0, 60) AS n",
    ],
    ["texts", { id: "string" }, "SELECT chr(33 + n) || 'ä''\"\\' AS id FROM generate_series(0, 60) AS n"],
    ["blank-padded texts", { id: "string" }, "SELECT md5(n::text)::char(40) AS id FROM generate_series(0, 60) AS n"],
    [
      "two fields, one of which is a boolean",
      { is: "boolean", id: "integer" },
      "SELECT n % 2 = 0 AS is, n / 2 AS id FROM generate_series(0, 60) AS n",
    ],
  ])("%s", async (_, fields, keys) => {
    const { conditions, chunks, end } = await backfilled(category("thing", fields), keys, 7);
    expect([new Set(conditions).size, conditions.length, chunks]).toEqual([61, 61, 9]);
    expect(end).toMatchObject({ state: "done", done: 61, refused: 0 });
  });
});

describe("no key lies between two chunks", () => {
  it("where a collation takes two of them for the same", async () => {
    await pool.query(`CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE names (name text COLLATE caseless);
      INSERT INTO names SELECT chr(97 + n % 8) || w FROM generate_series(0, 15) AS n, (VALUES ('b'), ('B')) AS u(w)`);
    const { conditions } = await backfilled(category("name", { name: "string" }), "SELECT name FROM names", 1);
    expect(conditions.toSorted()).toEqual(
      [..."abcdefgh"].flatMap((letter) => ["B", "b"].map((last) => `{"name": "${letter}${last}"}`)),
    );
  });

  it("where the login's search path has operators of its own", async () => {
    await pool.query(`CREATE SCHEMA traps;
      CREATE TABLE traps.things AS SELECT n AS id FROM generate_series(1, 20) AS n;
      CREATE FUNCTION traps.never(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
      CREATE OPERATOR traps.> (LEFTARG = int, RIGHTARG = int, FUNCTION = traps.never)`);
    const session = openSession({ connectionString: `${url}?options=-c%20search_path%3Dtraps%2Cpg_catalog` });
    const lease = { owner: crypto.randomUUID(), durationMs: 60_000 };
    const of = category("thing", { id: "integer" });
    const about = { strategy: "crm", category: of.name, fields: "[]", keys: "SELECT id FROM things", allKeys: false };
    const throttle = { chunk: 6, rate: null, maxWaiting: null };
    const examined = await session.backfills?.examine(of, about.keys, never);
    if (examined === undefined) throw new Error("no backfills");
    const id = (await session.backfills?.begin({ ...examined, ...about, ...throttle }, lease, never, record)) ?? "";
    for (let chunk = 0; chunk < 4; chunk += 1) {
      const [job] = (await session.backfills?.list({ id, limit: 1 }, never)) ?? [];
      if (job !== undefined) await session.backfills?.record(job, of, lease, 6, never);
    }
    expect((await column(pool, "SELECT condition FROM syncline.change")).length).toBe(20);
  });
});

it("rows without a key, and keys that can be none, are counted as refused, and all others recorded", async () => {
  const keys = `SELECT CASE WHEN n % 10 <> 0 THEN CASE WHEN n = 7 THEN 'infinity'::date ELSE date '2026-01-01' + n END END AS day,
                       n % 3 AS id FROM generate_series(1, 100) AS n`;
  const { conditions, end } = await backfilled(category("day", { day: "date", id: "integer" }), keys, 8);
  expect(conditions.length).toBe(89);
  expect(end).toMatchObject({ state: "done", done: 89, refused: 11 });
});

it("a table that grows and shrinks meanwhile loses none of what stays", async () => {
  await pool.query("CREATE TABLE moving AS SELECT n AS id FROM generate_series(2, 200, 2) AS n");
  const lease = { owner: crypto.randomUUID(), durationMs: 60_000 };
  const of = category("moving", { id: "integer" });
  const keys = "SELECT id FROM moving";
  const about = { strategy: "crm", category: of.name, fields: "[]", keys, allKeys: false };
  const examined = await store.examine(of, keys, never);
  const id = await store.begin({ ...examined, ...about, chunk: 9, rate: null, maxWaiting: null }, lease, never, record);
  for (let round = 0; ; round += 1) {
    const [job] = await store.list({ id, limit: 1 }, never);
    if (job === undefined || job.state === "done") break;
    await store.record(job, of, lease, 9, never);
    // Around where it stands: the key that it stands at goes, others come before and behind it.
    await pool.query("DELETE FROM moving WHERE id = $1", [2 * 9 * (round + 1)]);
    await pool.query("INSERT INTO moving SELECT n FROM unnest($1::int[]) AS n", [
      [2 * round + 1, 191 + 2 * (round % 5)],
    ]);
  }
  const recorded = new Set(await column(pool, "SELECT condition::json ->> 'id' FROM syncline.change"));
  const stayed = await column(pool, "SELECT id FROM moving WHERE id % 2 = 0");
  expect(stayed.filter((each) => !recorded.has(each))).toEqual([]);
});

it("says whether an index has the order, of what types the keys are, and how many there may be", async () => {
  await pool.query(`CREATE TABLE indexed (id bigint PRIMARY KEY, tenant text NOT NULL, other int);
    INSERT INTO indexed SELECT n, 'a', n FROM generate_series(1, 3000) AS n; ANALYZE indexed`);
  const of = category("indexed", { id: "bigint" });
  const all = await store.examine(of, "SELECT id FROM indexed", never);
  expect(all).toEqual({ keyOrder: "bigint", estimatedTotal: 3_000, byIndex: true });
  expect((await store.examine(of, "SELECT DISTINCT id FROM indexed -- each", never)).byIndex).toBe(true);
  expect((await store.examine(of, "SELECT other AS id FROM indexed", never)).byIndex).toBe(false);
  const two = category("two", { tenant: "string", id: "bigint" });
  expect(await store.examine(two, "SELECT tenant, id FROM indexed", never)).toMatchObject({
    keyOrder: "text, bigint",
    byIndex: false,
  });
});

it("takes one SELECT of keys that can be put in an order, and nothing else", async () => {
  const of = category("thing", { id: "string" });
  for (const keys of [
    "SELECT 1 AS other",
    "DELETE FROM syncline.change RETURNING id",
    "SELECT '1' AS id) AS q; DELETE FROM syncline.backfill; --",
    "SELECT '{}'::json AS id",
  ])
    await expect(store.examine(of, keys, never), keys).rejects.toMatchObject({
      code: expect.stringMatching(/^query\./),
    });
});

it("a lease far in the future was given before the clock was set back: it has ended", async () => {
  const lease = { owner: crypto.randomUUID(), durationMs: 60_000 };
  const about = { strategy: "crm", category: "thing", fields: "[]", keys: "SELECT 1 AS id", allKeys: false };
  const examined = { keyOrder: "integer", estimatedTotal: null, byIndex: null };
  const throttle = { chunk: 1, rate: null, maxWaiting: null };
  const id = await store.begin({ ...about, ...examined, ...throttle }, lease, never, record);
  await pool.query("UPDATE syncline.backfill SET lease_until = now() + interval '1 year' WHERE id = $1", [id]);
  expect((await store.list({ id, limit: 1 }, never))[0]?.leaseMs).toBe(0);
  expect(await store.take(id, { owner: crypto.randomUUID(), durationMs: 1 }, {}, never)).toBe(true);
});
