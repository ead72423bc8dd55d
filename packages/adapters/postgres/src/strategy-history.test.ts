import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeEach, expect, test } from "vitest";
import { never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const session = openSession({ connectionString: url });
await session.migrate(never);
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.strategy; TRUNCATE syncline.strategy_history, syncline.operation");
});

async function told(name = "crm"): Promise<readonly string[]> {
  const all = (await session.strategyHistory?.list(name, {}, never)) ?? [];
  return all.map(({ version, change, definition, enabled, author }) =>
    [version, change, definition, enabled ? "on" : "off", author].join(" "),
  );
}

const insert = `INSERT INTO syncline.strategy (name, definition) VALUES ('crm', '{"a": 1}')`;

test("an ORM that writes every column back makes a version where one of them changed alone", async () => {
  await pool.query(insert);
  await pool.query(
    `UPDATE syncline.strategy SET name = name, definition = '{ "a" : 1 }', enabled = true, updated_at = now()`,
  );
  await pool.query(`${insert} ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`);
  await pool.query(`${insert} ON CONFLICT (name) DO NOTHING`);
  await pool.query("UPDATE syncline.strategy SET enabled = false");
  expect(await told()).toEqual([
    expect.stringMatching(/^2 changed {"a": 1} off /),
    expect.stringMatching(/^1 created {"a": 1} on /),
  ]);
});

test("a renamed strategy is a deleted one and a new one; all may be deleted, or truncated, and what rolls back is none", async () => {
  await pool.query(insert);
  await pool.query("UPDATE syncline.strategy SET name = 'erp'");
  expect((await told()).map((each) => each.slice(0, 9))).toEqual(["2 deleted", "1 created"]);
  await pool.query(`BEGIN; ${insert}; ROLLBACK`);
  expect(await told()).toHaveLength(2);
  await pool.query("TRUNCATE syncline.strategy");
  expect((await told("erp")).map((each) => each.slice(0, 9))).toEqual(["2 deleted", "1 created"]);
});

test("rows that a backup brings back are no versions where they are as they were last", async () => {
  await pool.query(insert);
  await pool.query(`ALTER TABLE syncline.strategy DISABLE TRIGGER USER; DELETE FROM syncline.strategy;
    ALTER TABLE syncline.strategy ENABLE TRIGGER USER; ${insert}`);
  expect(await told()).toHaveLength(1);
});

test("whoever edits for another says so, and the login is kept all the same", async () => {
  await pool.query(`BEGIN; SET LOCAL syncline.actor = 'ann'; ${insert}; COMMIT`);
  expect(await told()).toEqual(['1 created {"a": 1} on ann']);
  const { rows } = await pool.query("SELECT login = session_user AS own FROM syncline.strategy_history");
  expect(rows).toEqual([{ own: true }]);
  expect((await session.audit?.list({}, never))?.items).toMatchObject([
    { action: "edit-strategy", actor: "ann", strategy: "crm", count: 1 },
  ]);
});

test("the newest 500 versions stay", async () => {
  await pool.query(insert);
  await pool.query(`DO $$ BEGIN FOR i IN 2 .. 510 LOOP
    UPDATE syncline.strategy SET definition = jsonb_build_object('a', i); END LOOP; END $$`);
  const { rows } = await pool.query("SELECT min(version), max(version), count(*)::int FROM syncline.strategy_history");
  expect(rows).toEqual([{ min: 11, max: 510, count: 500 }]);
});
