import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, expect, inject, it } from "vitest";
import type { Delivered } from "../harness/books.ts";
import { type Call, Downstream } from "../harness/downstream.ts";
import { openPipeline, startPipeline, type TestPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { deleteOrder, saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const lane = "index";
const strategies = [ordersTo(lane)];
const everyKey = { keys: 'SELECT id AS "orderId" FROM orders' };

/**
 * An index with external versions: it keeps the highest revision of each key, also of a deleted
 * one, and drops what is lower.
 */
async function startIndex(): Promise<Downstream> {
  const index = await Downstream.start();
  const highest = new Map<string, bigint>();
  const isNewer = ({ key, revision }: Delivered): boolean => {
    const [text, drawn] = [JSON.stringify(key), BigInt(revision)];
    if (drawn <= (highest.get(text) ?? 0n)) return false;
    highest.set(text, drawn);
    return true;
  };
  index.behave = ({ items }: Call) => ({
    status: 200,
    apply: items.flatMap((item, position) => (isNewer(item) ? [position] : [])),
  });
  return index;
}

function notesIn(index: Downstream): { readonly [key: string]: unknown } {
  const states = [...index.books.state(lane)] as [string, { readonly note: unknown }][];
  return Object.fromEntries(states.map(([key, { note }]) => [JSON.parse(key).orderId, note]));
}

async function notesOf(shop: pg.Pool): Promise<{ readonly [key: string]: unknown }> {
  const { rows } = await shop.query("SELECT id::text, note FROM orders ORDER BY orders.id");
  return Object.fromEntries(rows.map(({ id, note }) => [id, note]));
}

/** Once all that was recorded has gone out. */
async function stopWhenDone(shop: pg.Pool, pipeline: TestPipeline): Promise<void> {
  await waitFor("all to be delivered", () => isEmpty(shop));
  await pipeline.stop();
}

function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => {});
  afterAll(() => pool.end());
  return pool;
}

async function maintain(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  await client.query(statement);
  await client.end();
}

it("after a restore and a backfill, an index that fences by revision holds what was restored, but for keys that nobody here knows", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const index = await startIndex();
  const before = await startPipeline(url, index, { strategies });
  for (let orderId = 1; orderId <= 4; orderId++) await saveOrder(shop, before, orderId, { note: "kept" });
  await stopWhenDone(shop, before);
  // The backup is taken with one delivery that the index has not accepted, and one change that is
  // not dispatched.
  const keeping = index.behave;
  index.behave = () => ({ status: 503 });
  const refused = await startPipeline(url, index, { strategies });
  await saveOrder(shop, refused, 4, { note: "kept, and pending" });
  await waitFor(
    "a delivery that is refused",
    async () => index.calls.length > 4 && (await deliveries(shop)).length === 1,
  );
  await refused.stop();
  index.behave = keeping;
  const recording = await openPipeline(url, index, { strategies });
  await saveOrder(shop, recording, 5, { note: "kept, and recorded" });
  await recording.stop();
  const database = new URL(url).pathname.slice(1);
  const copy = `${database}_copy`;
  await shop.end();
  await maintain(`CREATE DATABASE ${copy} TEMPLATE ${database}`);
  afterAll(() => maintain(`DROP DATABASE ${copy} WITH (FORCE)`));

  const lost = poolOf(url);
  const running = await startPipeline(url, index, { strategies });
  for (let round = 0; round < 20; round++) await saveOrder(lost, running, 1, { note: `lost ${round}` });
  await deleteOrder(lost, running, 2);
  await saveOrder(lost, running, 7, { note: "lost" });
  await stopWhenDone(lost, running);
  expect(notesIn(index)).toMatchObject({ 1: "lost 19", 3: "kept", 5: "kept, and recorded", 7: "lost" });
  expect(notesIn(index)).not.toHaveProperty("2");

  const restoredUrl = new URL(url);
  restoredUrl.pathname = `/${copy}`;
  const restored = poolOf(restoredUrl.href);
  const after = await startPipeline(restoredUrl.href, index, { strategies });
  // What was pending goes out again, and is not enough.
  await stopWhenDone(restored, after);
  expect(notesIn(index)).toMatchObject({ 1: "lost 19", 7: "lost" });
  const filling = await startPipeline(restoredUrl.href, index, { strategies });
  await filling.backfill(lane, everyKey);
  await stopWhenDone(restored, filling);
  expect(notesIn(index)).toEqual({ ...(await notesOf(restored)), 7: "lost" });
  // The index knows: its keys, backfilled, are told as deleted where there is no row.
  const known = Object.keys(notesIn(index)).map((id) => `(${Number(id)})`);
  const deleting = await startPipeline(restoredUrl.href, index, { strategies });
  await deleting.backfill(lane, { keys: `SELECT * FROM (VALUES ${known.join()}) AS known ("orderId")` });
  await stopWhenDone(restored, deleting);
  expect(notesIn(index)).toEqual(await notesOf(restored));
});

it("in a fresh schema, a backfill replaces what an index had from the former one", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const index = await startIndex();
  const former = await startPipeline(url, index, { strategies });
  await saveOrders(shop, former, 1, 50);
  for (let round = 0; round < 60; round++) await saveOrder(shop, former, 7, { note: `round ${round}` });
  await waitFor("the last round", () => notesIn(index)[7] === "round 59");
  await stopWhenDone(shop, former);
  // What is undelivered when the schema goes is lost with it.
  await saveOrder(shop, former, 7, { note: "never dispatched" });
  await shop.query("DROP SCHEMA syncline CASCADE");
  const fresh = await startPipeline(url, index, { strategies });
  await fresh.backfill(lane, everyKey);
  await stopWhenDone(shop, fresh);
  expect(notesIn(index)).toEqual(await notesOf(shop));
  expect(notesIn(index)).toMatchObject({ 7: "never dispatched" });
});
