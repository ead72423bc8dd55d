import { strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { customer, ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WireTap } from "../harness/wire-tap.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const recording = await openPipeline(url, undefined, {});
const busy = ordersTo("crm-orders", { concurrency: 16 });
const keys = 400;
let saved = 0;

/** Strategies that no change is for. */
const idle = Array.from({ length: 3 }, (_, index) =>
  strategy(`idle-${index}`, {
    category: customer,
    query: "SELECT id, email FROM customers WHERE id = :customerId",
    downstream: "crm",
    path: `/idle-${index}`,
    whenAbsent: "skip",
  }),
);

it("delivers a backlog beside idle strategies with few claims, and no poll in between", async () => {
  const beside = await claimsFor([busy, ...idle]);
  // 16 keys at least of each claim that brings any, and hardly as many that bring none.
  expect(beside).toBeLessThan(keys / 4);
});

/**
 * How many claims a worker makes for deliveries that were due before it started; rooms that come
 * free must be reason enough.
 */
async function claimsFor(strategies: readonly ReturnType<typeof ordersTo>[]): Promise<number> {
  await saveOrders(shop, recording, saved + 1, saved + keys);
  saved += keys;
  await dispatch();
  const tap = await WireTap.start(url);
  const pipeline = await openPipeline(tap.url, downstream, {
    strategies,
    schedule: { next: ({ more }) => (more ? 0 : 3_600_000) },
    tuning: { leaseMs: 600_000 },
  });
  await pipeline.start();
  await waitFor("all to be delivered", () => isEmpty(shop));
  await pipeline.stop();
  return tap.statements.filter((text) => text.includes("demand AS MATERIALIZED")).length;
}

/** Leaves the deliveries due, as a worker does that is stopped before it could deliver. */
async function dispatch(): Promise<void> {
  const pipeline = await openPipeline(url, downstream, { strategies: [busy] });
  await pipeline.pause(busy.name);
  await pipeline.start();
  await waitFor("the changes to be dispatched", async () => (await count(shop, "syncline.change")) === 0);
  await pipeline.stop();
  await shop.query("DELETE FROM syncline.pause");
}
