import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream, hang } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { count, leasedCount } from "../harness/tables.ts";
import { waitFor } from "../harness/wait-for.ts";

const backlog = 50_000;
const batch = 5;
const concurrency = 4;
const prefetchLimit = 100;
/** What was dispatched while claims filled the lane is leased beside them. */
const mostInHand = batch * concurrency + prefetchLimit + prefetchLimit / 2;

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();

it("claims no more of a large backlog than the lane's window, though the downstream was quick before it hung", async () => {
  const pipeline = await startPipeline(url, downstream, {
    strategies: [ordersTo("crm-orders", { batch, concurrency, timeoutMs: 60_000 })],
    tuning: { leaseMs: 90_000, prefetchLimit, dispatchLimit: 5_000 },
  });
  // Quick at first, so that the lane learns to look far ahead; then nothing comes back any more.
  downstream.behave = (call) => (call.number <= 400 ? { status: 200 } : hang(call));
  await shop.query("INSERT INTO orders (id, customer_id) SELECT n, 1 FROM generate_series(1, $1::int) AS n", [backlog]);
  await shop.query(`SELECT syncline.record_change('order', jsonb_build_object('orderId', id)) FROM orders`);
  await waitFor("the whole backlog to be dispatched while all calls hang", async () => {
    const left = await count(shop, "syncline.delivery");
    const settled = left === backlog - downstream.books.kept.length;
    return settled && (await count(shop, "syncline.change")) === 0 && downstream.answering === concurrency;
  });
  const leased = await leasedCount(shop);
  expect(leased).toBeLessThanOrEqual(mostInHand);
  // It did look ahead beyond what it can send at once.
  expect(leased).toBeGreaterThan(batch * concurrency);
  await pipeline.stop({ timeoutMs: 0 });
  expect(await leasedCount(shop)).toBe(0);
});
