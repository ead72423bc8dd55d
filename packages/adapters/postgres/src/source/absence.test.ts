import { category, createPipeline, strategy } from "@syncline/core";
import type { SyncCall, Transport } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { postgres } from "../index.ts";
import type { PostgresOptions } from "../options.ts";

/** Why a key is absent, as it is told to a downstream and in events. */

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url });
const reader = `absence_reader_${Math.random().toString(36).slice(2, 8)}`;
afterAll(async () => {
  await pool.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`).catch(() => {});
  await pool.end();
});
await pool.query(`CREATE ROLE ${reader}; GRANT CONNECT ON DATABASE ${new URL(url).pathname.slice(1)} TO ${reader}`);

let schemas = 0;

/** Records keys 1 (deleted) and 2 (does not match) of a table made by `ddl`, and tells what arrives. */
async function absences(ddl: (schema: string) => string, more: Partial<PostgresOptions> = {}, table = "item") {
  schemas += 1;
  const schema = `shop_${schemas}`;
  await pool.query(`CREATE SCHEMA ${schema}; GRANT USAGE ON SCHEMA ${schema} TO ${reader}; ${ddl(schema)}`);
  const item = category("item", { id: "bigint" }, { table: `${schema}.${table}` });
  const calls: SyncCall[] = [];
  const transport: Transport = {
    specVersion: 1,
    name: "told",
    capabilities: { batch: false, perItemOutcome: false, delete: true },
    open: () => ({
      invoke: async (call) => {
        calls.push(call);
        return { status: "accepted" };
      },
    }),
  };
  const pipeline = createPipeline({
    database: postgres({ connectionString: url, schema: `own_${schemas}`, ...more }),
    categories: [item],
    strategies: [
      strategy("items", {
        category: item,
        query: `SELECT id FROM ${schema}.item_read WHERE id = :id AND is_open`,
        downstream: "d",
        path: "/",
        whenAbsent: "delete",
      }),
    ],
    downstreams: { d: transport },
  });
  const events: unknown[] = [];
  pipeline.on("delivered", ({ items }) => events.push(...items.map(({ key, absence }) => [key.id, absence])));
  try {
    await pipeline.migrate();
    await pool.query(
      `SELECT own_${schemas}.record_change('item', jsonb_build_object('id', n)) FROM generate_series(1, 3) AS n`,
    );
    await pipeline.start();
    await pipeline.drain();
  } finally {
    await pipeline.stop();
  }
  const told = calls.flatMap(({ items }) => items.map(({ key, absence }): [unknown, unknown] => [key.id, absence]));
  expect(events.map(String).sort()).toEqual(told.map(String).sort());
  return Object.fromEntries(told);
}

const rows = (schema: string, table: string) =>
  `INSERT INTO ${schema}.${table} VALUES (2, false), (3, true);
   CREATE VIEW ${schema}.item_read AS SELECT id, is_open FROM ${schema}.${table};
   GRANT SELECT ON ${schema}.item_read TO ${reader};`;
const plain = (schema: string) =>
  `CREATE TABLE ${schema}.item (id bigint PRIMARY KEY, is_open boolean); ${rows(schema, "item")}`;

test("a key without a row of the source was deleted, one with a row has left the filter", async () => {
  expect(await absences(plain)).toEqual({ 1: "deleted", 2: "filtered", 3: undefined });
  const partitioned = (schema: string) =>
    `CREATE TABLE ${schema}.item (id bigint, is_open boolean) PARTITION BY LIST (is_open);
     CREATE TABLE ${schema}.item_t PARTITION OF ${schema}.item FOR VALUES IN (true);
     CREATE TABLE ${schema}.item_f PARTITION OF ${schema}.item FOR VALUES IN (false); ${rows(schema, "item")}`;
  expect(await absences(partitioned)).toEqual({ 1: "deleted", 2: "filtered", 3: undefined });
});

test("of a source that cannot prove it, nothing is guessed, and nothing is held up", async () => {
  const nothing = { 1: "unknown", 2: "unknown", 3: undefined };
  expect(await absences(plain, {}, "item_read")).toEqual(nothing);
  // The role that reads may read the view, and not the table.
  expect(await absences(plain, { query: { role: reader } })).toEqual(nothing);
  const withPolicy = (schema: string) =>
    `${plain(schema)} GRANT SELECT ON ${schema}.item TO ${reader};
     ALTER TABLE ${schema}.item ENABLE ROW LEVEL SECURITY; CREATE POLICY open ON ${schema}.item USING (is_open)`;
  expect(await absences(withPolicy, { query: { role: reader, rowSecurity: "apply" } })).toEqual(nothing);
});
