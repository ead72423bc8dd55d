import type { Change } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order } from "../harness/shop-model.ts";
import { count } from "../harness/tables.ts";
import { WireTap } from "../harness/wire-tap.ts";

const url = await testDatabase();
const shop = await openShop(url);
const pipeline = await openPipeline(url, undefined, {});
const tap = await WireTap.start(url);
const client = new pg.Client({ connectionString: tap.url });
await client.connect();
afterAll(() => client.end());

/** What the business transaction costs, with these changes recorded in it or without. */
async function costOf(changes: readonly Change[]): Promise<{ roundTrips: number; statements: number }> {
  tap.clear();
  await client.query("BEGIN");
  await client.query("UPDATE customers SET email = $1 WHERE id = $2", ["new@example.com", 1]);
  if (changes.length > 0) await pipeline.recorder.record(client, changes);
  await client.query("COMMIT");
  return { roundTrips: tap.roundTrips, statements: tap.statements.length };
}

it.each([1, 2, 1_000])("adds exactly one round trip to the business transaction for %i changes", async (changes) => {
  const before = await count(shop, "syncline.change");
  const without = await costOf([]);
  const recorded = await costOf(Array.from({ length: changes }, (_, orderId) => order.changed({ orderId })));
  expect(without).toEqual({ roundTrips: 3, statements: 3 });
  expect(recorded).toEqual({ roundTrips: 4, statements: 4 });
  expect(await count(shop, "syncline.change")).toBe(before + changes);
});
