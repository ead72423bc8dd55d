import { category, createPipeline, strategy } from "@syncline/core";
import type { SyncCall } from "@syncline/core/spi";
import { createDatabase } from "@syncline/dev-postgres";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { collecting } from "./template-reads.ts";

/** A read that ends at its time limit: whose fault that is. */

const url = await createDatabase(await testDatabase());
const pool = new pg.Pool({ connectionString: url });
afterAll(() => pool.end());
const patience = { timeout: 60_000 };

beforeAll(() =>
  pool.query(`
    CREATE TABLE item (id int PRIMARY KEY, note text); INSERT INTO item VALUES (1, 'one'), (2, 'two');
    CREATE TABLE part (item int PRIMARY KEY, name text); INSERT INTO part VALUES (1, 'lid');
    CREATE FUNCTION slow(id int) RETURNS int STABLE LANGUAGE plpgsql AS
      $$ BEGIN IF id = 2 THEN PERFORM pg_sleep(60); END IF; RETURN id; END $$`),
);

const item = category("item", { id: "integer" });

/** One strategy, and the keys whose first delivery has shown that it can be read. */
async function running(query: string) {
  const calls: SyncCall[] = [];
  const options = { category: item, downstream: "d", path: "/", whenAbsent: "delete", queryTimeoutMs: 200 } as const;
  const pipeline = createPipeline({
    database: postgres({ connectionString: url }),
    categories: [item],
    strategies: [strategy("items", { ...options, query, retry: { maxAttempts: 3, initialMs: 1, maxMs: 1 } })],
    downstreams: { d: collecting(calls) },
    tuning: { breakerOpenMs: 20, breakerMaxOpenMs: 20 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const opened: string[] = [];
  pipeline.on("circuitOpened", ({ failure }) => opened.push(failure.code));
  await pipeline.migrate();
  await pool.query("TRUNCATE syncline.change, syncline.delivery");
  await pipeline.start();
  const record = (id: number) =>
    pool.query("SELECT syncline.record_change('item', jsonb_build_object('id', $1::int))", [id]);
  const delivered = () => calls.flatMap(({ items }) => items.map(({ key }) => key.id));
  await record(1);
  await vi.waitUntil(() => delivered().length > 0, patience);
  const dead = async () => (await pipeline.deadLetters.list()).items.map(({ key, failure }) => [key, failure.code]);
  return { pipeline, record, delivered, dead, opened };
}

it.each(["item", "part"])("charges no key for a lock on the table %s, however long it is held", async (table) => {
  const query = "SELECT note, name FROM item LEFT JOIN part ON part.item = item.id WHERE item.id = :id";
  const { pipeline, record, delivered, dead, opened } = await running(query);
  const holder = await pool.connect();
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await record(1);
    // By then it has been read more often than it has attempts.
    await vi.waitUntil(async () => opened.length >= 3 || (await dead()).length > 0, patience);
    expect(await dead()).toEqual([]);
    expect(new Set(opened)).toEqual(new Set(["database.busy"]));
    await holder.query("ROLLBACK");
    await vi.waitUntil(() => delivered().length > 1, patience);
    expect(delivered()).toEqual([1, 1]);
  } finally {
    holder.release(true);
    await pipeline.stop({ timeoutMs: 1_000 });
  }
});

it("charges a key whose own query takes too long each time, and lets others pass", async () => {
  const { pipeline, record, delivered, dead } = await running("SELECT slow(id), note FROM item WHERE id = :id");
  try {
    await record(2);
    await record(1);
    await vi.waitUntil(async () => (await dead()).length > 0, patience);
    expect(await dead()).toEqual([['{"id":2}', "query.timeout"]]);
    await vi.waitUntil(() => delivered().length > 1, patience);
  } finally {
    await pipeline.stop({ timeoutMs: 1_000 });
  }
});
