import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, expect, test } from "vitest";
import { never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { migrate, strategyStore } = openSession({ connectionString: url });

beforeAll(() => migrate(never));

test("loads the strategies that are enabled, by name, with a revision that every edit changes", async () => {
  const empty = await strategyStore?.load(never);
  expect(empty?.strategies).toEqual([]);
  await pool.query(`INSERT INTO syncline.strategy (name, definition) VALUES
    ('b', '{"downstream": "crm", "name": "ignored", "batch": 5}'),
    ('a', '{"__proto__": {"polluted": true}}'),
    ('off', '{}')`);
  await pool.query("UPDATE syncline.strategy SET enabled = false WHERE name = 'off'");
  const loaded = await strategyStore?.load(never);
  expect(loaded?.strategies.map(({ source }) => source)).toEqual(["syncline.strategy[a]", "syncline.strategy[b]"]);
  expect(loaded?.strategies[1]?.definition).toEqual({ name: "b", downstream: "crm", batch: 5 });
  expect(loaded?.strategies[0]?.definition).not.toHaveProperty("polluted");
  expect(loaded?.revision).not.toBe(empty?.revision);
  await pool.query("TRUNCATE syncline.strategy");
  const truncated = await strategyStore?.load(never);
  expect(truncated?.strategies).toEqual([]);
  expect(truncated?.revision).not.toBe(loaded?.revision);
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
