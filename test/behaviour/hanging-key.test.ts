import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream, hang } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { count, deliveries } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

it("a key on which the downstream hangs runs out of attempts, the others arrive, and an outage charges nobody", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  const strategy = ordersTo("crm-orders", { timeoutMs: 150, concurrency: 2, retry: { maxAttempts: 3, maxMs: 50 } });
  const pipeline = await startPipeline(url, downstream, { strategies: [strategy], tuning: { breakerFailures: 2 } });
  // First nobody is answered at all.
  downstream.behave = hang;
  await saveOrders(shop, pipeline, 1, 4);
  await waitFor("several calls in vain", () => downstream.calls.length >= 8);
  expect((await deliveries(shop)).filter(({ attempts, state }) => attempts > 0 || state !== "pending")).toEqual([]);
  // Then all but one.
  downstream.behave = (call) => (call.items[0]?.key.orderId === "2" ? hang(call) : { status: 200 });
  let next = 5;
  await waitFor("the one that hangs to be given up", async () => {
    await saveOrders(shop, pipeline, next, next);
    next += 1;
    return (await deliveries(shop)).some(({ state }) => state === "dead");
  });
  await waitFor("all others", async () => {
    return (await count(shop, "syncline.change")) === 0 && (await deliveries(shop)).length === 1;
  });
  expect(await deliveries(shop)).toMatchObject([{ key: '{"orderId":"2"}', state: "dead", attempts: 3 }]);
  await pipeline.stop({ timeoutMs: 0 });
});
