import type { Change } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresRecorder } from "./recorder.ts";
import { column, never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url, 2);
const role = `recording_${new URL(url).pathname.slice(1)}`;
const { migrate } = openSession({ connectionString: url });

/** What the README asks for, and no more. */
const grants = [`GRANT USAGE ON SCHEMA syncline TO ${role}`, `GRANT INSERT ON syncline.change TO ${role}`];

beforeAll(async () => {
  await migrate(never);
  await pool.query([`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`, ...grants].join("; "));
});
afterAll(async () => {
  await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
});

function change(name: string): Change {
  return { category: "customer", condition: { name }, key: JSON.stringify({ name }), operation: "upsert" };
}

async function asRole<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const login = new URL(url);
  login.username = login.password = role;
  const client = new pg.Client({ connectionString: login.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const recorded = () => column(pool, "DELETE FROM syncline.change RETURNING condition");

test.each<[string, (client: pg.Client) => Promise<unknown>, number]>([
  ["record_change", (client) => client.query(`SELECT syncline.record_change('customer', '{"name": "a"}')`), 1],
  [
    "record_changes",
    async (client) => {
      const text = `SELECT syncline.record_changes('customer', '[{"name": "a"}, {"name": "b"}]', 'delete')::int AS count`;
      expect((await client.query(text)).rows).toEqual([{ count: 2 }]);
    },
    2,
  ],
  ["record, of one change", (client) => postgresRecorder().record(client, [change("a")]), 1],
  ["record, of changes that are alike", (client) => postgresRecorder().record(client, [change("a"), change("b")]), 2],
  [
    "record, of mixed changes",
    (client) => postgresRecorder().record(client, [change("a"), { ...change("b"), operation: "delete" }]),
    2,
  ],
  [
    "record, waking workers",
    (client) => postgresRecorder({ wakeUp: { notify: true } }).record(client, [change("a"), change("b")]),
    2,
  ],
])("a role with no right but to insert records: %s", async (_, record, count) => {
  await asRole(async (client) => {
    await client.query("BEGIN");
    await record(client);
    await client.query("COMMIT");
  });
  expect(await recorded()).toHaveLength(count);
});

test("it can neither read nor take back what was recorded", async () => {
  await asRole(async (client) => {
    await expect(client.query("SELECT FROM syncline.change")).rejects.toMatchObject({ code: "42501" });
    await expect(client.query("DELETE FROM syncline.change")).rejects.toMatchObject({ code: "42501" });
    await expect(client.query("SELECT FROM syncline.delivery")).rejects.toMatchObject({ code: "42501" });
  });
});
