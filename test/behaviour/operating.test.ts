import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeEach, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { collect, openPipeline, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { customer, order, orderKey, ordersTo } from "../harness/shop-model.ts";
import { count, deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const recording = await openPipeline(url, undefined, {});
const options = { strategies: [ordersTo("paused"), ordersTo("running")] };

beforeEach(() => {
  downstream.behave = accept;
});

it("keeps a strategy paused across restarts, goes on folding for it, and delivers once it is resumed", async () => {
  const first = await startPipeline(url, downstream, options);
  await first.pause("paused");
  await saveOrder(shop, recording, 1, { note: "while paused" });
  await waitFor("the running one", () => downstream.books.last("running", orderKey(1)));
  await first.stop();

  const second = await startPipeline(url, downstream, options);
  await saveOrder(shop, recording, 1, { note: "after the restart" });
  await waitFor(
    "the running one",
    () => downstream.books.last("running", orderKey(1))?.body?.note === "after the restart",
  );
  expect(downstream.callsTo("paused")).toEqual([]);
  await waitFor("the running one to be settled", async () => (await deliveries(shop)).length === 1);
  expect((await second.status()).strategies).toMatchObject([{ strategy: "paused", due: 1, paused: true }]);
  await second.resume("paused");
  await waitFor("the resumed one", () => isEmpty(shop));
  expect(downstream.books.history("paused", orderKey(1)).map((item) => item.body?.note)).toEqual(["after the restart"]);
  await second.stop();
});

it("sends the current state after a dead letter's row was mended and it was requeued", async () => {
  downstream.behave = ({ items }) => ({ status: items[0]?.body?.note === "bad" ? 422 : 200 });
  const pipeline = await startPipeline(url, downstream, { strategies: [ordersTo("mended")] });
  await saveOrder(shop, recording, 10, { note: "bad" });
  await waitFor("the dead letter", async () => (await pipeline.deadLetters.list()).items.length > 0);
  // Mended by hand: nothing is recorded.
  await shop.query("UPDATE orders SET note = 'good' WHERE id = 10");
  expect(await pipeline.deadLetters.requeue({ strategy: "mended" })).toBe(1);
  await waitFor("the mended state", () => downstream.books.last("mended", orderKey(10))?.body?.note === "good");
  await waitFor("nothing to be left", () => isEmpty(shop));
  await pipeline.stop();
});

it("drains: resolves when everything is delivered, and not while a call is in flight", async () => {
  const { behave, arrived, release } = holdFirst();
  downstream.behave = behave;
  const pipeline = await startPipeline(url, downstream, { strategies: [ordersTo("drained", { timeoutMs: 30_000 })] });
  await saveOrders(shop, recording, 20, 40);
  await arrived;
  let drained = false;
  const draining = pipeline.drain().then(() => {
    drained = true;
  });
  await waitFor("everything else", () => downstream.books.state("drained").size === 20);
  expect(drained).toBe(false);
  release();
  await draining;
  expect(await isEmpty(shop)).toBe(true);
  expect(downstream.books.state("drained").size).toBe(21);
  await pipeline.stop();
});

it("keeps changes of an unknown category apart, and takes them up once a pipeline knows it", async () => {
  await shop.query(`SELECT syncline.record_change('customer', '{"customerId": 7}')`);
  await shop.query(`SELECT syncline.record_change('order', '{"orderId": "not a number"}')`);
  const older = await openPipeline(url, downstream, { categories: [order], strategies: [ordersTo("orders")] });
  const refused = collect(older, "refused");
  await older.start();
  await saveOrder(shop, recording, 50);
  await waitFor("the order to be delivered all the same", () => downstream.books.last("orders", orderKey(50)));
  // A worker that has just started may take up once more what it has just refused.
  await waitFor("both to be kept apart", async () => (await count(shop, "syncline.refused")) === 2);
  const categories = refused.flatMap(({ changes }) => changes.map(({ change }) => change.category));
  expect([...new Set(categories)].sort()).toEqual(["customer", "order"]);
  await older.stop();

  const strategies = [
    {
      ...ordersTo("customers", { query: "SELECT id, email FROM customers WHERE id = :orderId" }),
      category: customer,
      query: "SELECT id, email FROM customers WHERE id = :customerId",
    },
  ];
  const newer = await startPipeline(url, downstream, { strategies });
  await waitFor("the customer", () => downstream.books.last("customers", { customerId: "7" }));
  await waitFor(
    "what fits no category to be kept apart again",
    async () => (await count(shop, "syncline.refused")) === 1,
  );
  await newer.stop();
});
