import { category, createPipeline, strategy } from "@syncline/core";
import type { SyncCall } from "@syncline/core/spi";
import { createDatabase } from "@syncline/dev-postgres";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { collecting } from "./template-reads.ts";

/** A key's column gets another type while the pipeline runs, as a hurried colleague's migration does. */

const url = await createDatabase(await testDatabase());
const pool = new pg.Pool({ connectionString: url });
afterAll(() => pool.end());

it("finds a key that did not fit the column's type a moment ago", async () => {
  await pool.query("CREATE TABLE item (id int PRIMARY KEY, note text); INSERT INTO item VALUES (1, 'small')");
  const calls: SyncCall[] = [];
  const item = category("item", { id: "bigint" });
  const query = "SELECT note FROM item WHERE id = :id";
  const pipeline = createPipeline({
    database: postgres({ connectionString: url }),
    categories: [item],
    strategies: [strategy("items", { category: item, query, downstream: "d", path: "/", whenAbsent: "delete" })],
    downstreams: { d: collecting(calls) },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const told = () => calls.flatMap(({ operation, items }) => items.map(({ key, body }) => [operation, key.id, body]));
  await pipeline.migrate();
  await pipeline.backfill("items", { conditions: [{ id: 1 }] });
  await pipeline.drain();
  await pool.query("ALTER TABLE item ALTER COLUMN id TYPE bigint; INSERT INTO item VALUES (3000000000, 'large')");
  await pipeline.backfill("items", { conditions: [{ id: 3_000_000_000 }] });
  await pipeline.drain();
  const dead = (await pipeline.deadLetters.list()).items;
  await pipeline.stop();
  expect([told(), dead]).toEqual([
    [
      ["upsert", "1", { note: "small" }],
      ["upsert", "3000000000", { note: "large" }],
    ],
    [],
  ]);
});
