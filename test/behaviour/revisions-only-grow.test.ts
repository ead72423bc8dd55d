import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const recording = await openPipeline(url, undefined, {});
const nobody = await Downstream.start();
const isDispatched = async () => (await count(shop, "syncline.change")) === 0;

/** Recorded now, and dispatched by a worker that does not know the strategy, nor how it is written. */
async function backfillThroughAStranger(coalesce: boolean, orderId: number): Promise<void> {
  const asking = await openPipeline(url, nobody, { strategies: [ordersTo("orders", { coalesce })] });
  await asking.backfill("orders", { conditions: [{ orderId }] });
  const stranger = await startPipeline(url, nobody, { strategies: [ordersTo("others")] });
  await waitFor("its dispatch", isDispatched);
  await stranger.stop();
  await asking.stop();
}

function expectToGrow(downstream: Downstream, orderId: number): void {
  const revisions = downstream.books.history("orders", orderKey(orderId)).map(({ revision }) => BigInt(revision));
  expect(revisions.length).toBeGreaterThan(1);
  expect(revisions).toEqual([...revisions].sort((one, other) => (one < other ? -1 : 1)));
}

it("sends what a stranger kept after what is dead, where the strategy does not coalesce", async () => {
  const strategies = [ordersTo("orders", { coalesce: false })];
  const downstream = await Downstream.start();
  downstream.behave = () => ({ status: 422 });
  const before = await startPipeline(url, downstream, { strategies });
  await saveOrder(shop, recording, 1, { note: "refused" });
  await waitFor("a dead letter", async () => (await before.status()).strategies[0]?.dead === 1);
  await saveOrder(shop, recording, 1, { note: "stopped" });
  await waitFor("its dispatch", isDispatched);
  await before.stop();
  await backfillThroughAStranger(false, 1);
  downstream.behave = () => ({ status: 200 });
  const after = await startPipeline(url, downstream, { strategies });
  await after.drain();
  expect((await after.status()).strategies).toMatchObject([{ due: 0, blocked: 2, dead: 1 }]);
  await after.deadLetters.requeue({ strategy: "orders" });
  await waitFor("everything", () => isEmpty(shop));
  expectToGrow(downstream, 1);
  expect(downstream.books.history("orders", orderKey(1))).toHaveLength(3);
  await after.stop();
});

it("takes what a stranger kept along, where the strategy coalesces", async () => {
  const strategies = [ordersTo("orders")];
  const downstream = await Downstream.start();
  const worker = await openPipeline(url, downstream, { strategies });
  await worker.pause("orders");
  await worker.start();
  await saveOrder(shop, recording, 2, { note: "first" });
  await waitFor("its dispatch", isDispatched);
  await worker.stop();
  await backfillThroughAStranger(true, 2);
  const next = await startPipeline(url, downstream, { strategies });
  await saveOrder(shop, recording, 2, { note: "second" });
  await waitFor("its dispatch", isDispatched);
  await next.resume("orders");
  await waitFor("everything", () => isEmpty(shop));
  await saveOrder(shop, recording, 2, { note: "third" });
  await waitFor("everything", () => isEmpty(shop));
  expectToGrow(downstream, 2);
  await next.stop();
});
