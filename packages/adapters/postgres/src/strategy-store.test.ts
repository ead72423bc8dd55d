import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, expect, test } from "vitest";
import { never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { migrate, strategyStore } = openSession({ connectionString: url });

beforeAll(() => migrate(never));

test("loads the strategies by name, and of disabled ones the category, with a revision that every edit changes", async () => {
  const empty = await strategyStore?.load(never);
  expect(empty?.strategies).toEqual([]);
  await pool.query(`INSERT INTO syncline.strategy (name, definition) VALUES
    ('b', '{"downstream": "crm", "name": "ignored", "batch": 5}'),
    ('a', '{"__proto__": {"polluted": true}}'),
    ('off', '{"category": "order", "coalesce": false, "path": "/off"}')`);
  await pool.query("UPDATE syncline.strategy SET enabled = false WHERE name = 'off'");
  const loaded = await strategyStore?.load(never);
  expect(loaded?.strategies.map(({ source }) => source)).toEqual(
    ["a", "b", "off"].map((name) => `syncline.strategy[${name}]`),
  );
  expect(loaded?.strategies.map(({ disabled }) => disabled)).toEqual([undefined, undefined, true]);
  expect(loaded?.strategies[2]?.definition).toEqual({ name: "off", category: "order", coalesce: false });
  expect(loaded?.strategies[1]?.definition).toEqual({ name: "b", downstream: "crm", batch: 5 });
  expect(loaded?.strategies[0]?.definition).not.toHaveProperty("polluted");
  expect(loaded?.revision).not.toBe(empty?.revision);
  await pool.query("TRUNCATE syncline.strategy");
  const truncated = await strategyStore?.load(never);
  expect(truncated?.strategies).toEqual([]);
  expect(truncated?.revision).not.toBe(loaded?.revision);
});

test("of a definition that is too large it reads the category, and of others all", async () => {
  const load = async () => (await strategyStore?.load(never))?.strategies ?? [];
  await pool.query(`TRUNCATE syncline.strategy; INSERT INTO syncline.strategy (name, definition) VALUES
    ('a', '{"category": "order", "path": "/a"}'),
    ('b', jsonb_build_object('category', 'order', 'coalesce', false, 'query', repeat('x', 5000000))),
    ('c', jsonb_build_object('category', repeat('order', 1000), 'options', (SELECT jsonb_agg(md5(n::text)) FROM generate_series(1, 100000) AS n))),
    ('d', '{"path": "/d"}')`);
  const tooLarge = expect.stringMatching(/^It has \d{7} bytes, and is not read/);
  expect(await load()).toEqual([
    { source: "syncline.strategy[a]", definition: { name: "a", category: "order", path: "/a" } },
    {
      source: "syncline.strategy[b]",
      definition: { name: "b", category: "order", coalesce: false },
      problem: tooLarge,
    },
    {
      source: "syncline.strategy[c]",
      definition: { name: "c", category: "order".repeat(40), coalesce: true },
      problem: tooLarge,
    },
    { source: "syncline.strategy[d]", definition: { name: "d", path: "/d" } },
  ]);
});

test("it reads no more of all definitions together than a worker's memory can bear", async () => {
  await pool.query(`TRUNCATE syncline.strategy; INSERT INTO syncline.strategy (name, definition)
    SELECT 'n' || to_char(n, 'FM000'), jsonb_build_object('category', 'order', 'query', repeat('x', 1000000))
      FROM generate_series(1, 100) AS n`);
  const { strategies = [] } = (await strategyStore?.load(never)) ?? {};
  expect(strategies.length).toBe(100);
  expect(strategies.filter(({ problem }) => problem === undefined).length).toBe(33);
  expect(new Set(strategies.map(({ definition }) => definition.category))).toEqual(new Set(["order"]));
  await pool.query(`TRUNCATE syncline.strategy; INSERT INTO syncline.strategy (name, definition)
    SELECT 'n' || n, '{}' FROM generate_series(1, 11000) AS n`);
  expect((await strategyStore?.load(never))?.strategies.length).toBe(10_002);
  await pool.query("TRUNCATE syncline.strategy");
});

test("the table refuses a definition that is no object, and keeps the time of the last edit", async () => {
  await expect(pool.query(`INSERT INTO syncline.strategy (name, definition) VALUES ('x', '[]')`)).rejects.toThrow(
    /check/,
  );
  await pool.query(`INSERT INTO syncline.strategy (name, definition, updated_at) VALUES ('x', '{}', '2000-01-01')`);
  await pool.query(`UPDATE syncline.strategy SET definition = '{"batch": 2}' WHERE name = 'x'`);
  const { rows } = await pool.query(
    "SELECT updated_at > '2001-01-01' AS touched FROM syncline.strategy WHERE name = 'x'",
  );
  expect(rows).toEqual([{ touched: true }]);
});

test("whoever may edit strategies needs no right to the lock table", async () => {
  await pool.query(`DROP ROLE IF EXISTS syncline_test_editor; CREATE ROLE syncline_test_editor;
    GRANT USAGE ON SCHEMA syncline TO syncline_test_editor;
    GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.strategy TO syncline_test_editor`);
  const client = await pool.connect();
  try {
    await client.query("BEGIN; SET LOCAL ROLE syncline_test_editor");
    await client.query("INSERT INTO syncline.strategy (name, definition) VALUES ('edited', '{}')");
    await client.query("COMMIT");
  } finally {
    client.release();
    await pool.query("DROP OWNED BY syncline_test_editor; DROP ROLE syncline_test_editor");
  }
  expect((await strategyStore?.load(never))?.strategies.map(({ source }) => source)).toContain(
    "syncline.strategy[edited]",
  );
});
