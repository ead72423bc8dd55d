import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order, orderKey, ordersTo } from "../harness/shop-model.ts";
import { count } from "../harness/tables.ts";
import { saveOrder, saveOrderOn, transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const pipeline = await openPipeline(url, downstream, { strategies: [ordersTo("crm-orders")] });

it("records a change when the business transaction commits, and not before", async () => {
  await transaction(shop, async (tx) => {
    await saveOrderOn(tx, pipeline, 1);
    expect(await count(shop, "syncline.change")).toBe(0);
  });
  expect(await count(shop, "syncline.change")).toBe(1);
});

it("records nothing when it rolls back", async () => {
  const before = await count(shop, "syncline.change");
  const failing = transaction(shop, async (tx) => {
    await saveOrderOn(tx, pipeline, 2);
    await tx.query("SELECT 1 / 0");
  });
  await expect(failing).rejects.toThrow("division by zero");
  expect(await count(shop, "syncline.change")).toBe(before);
});

it("records nothing of what a savepoint took back, and everything else of the transaction", async () => {
  await transaction(shop, async (tx) => {
    await saveOrderOn(tx, pipeline, 3);
    await tx.query("SAVEPOINT attempt");
    await saveOrderOn(tx, pipeline, 4);
    await tx.query("ROLLBACK TO SAVEPOINT attempt");
    await saveOrderOn(tx, pipeline, 5);
  });
  const { rows } = await shop.query<{ readonly condition: string }>(
    "SELECT condition FROM syncline.change ORDER BY id",
  );
  expect(rows.map((row) => row.condition).slice(-2)).toEqual(['{"orderId":"3"}', '{"orderId":"5"}']);
});

it("refuses a connection on which no transaction runs, since a rollback could not take the change back", async () => {
  const client = await shop.connect();
  try {
    await expect(pipeline.recorder.record(client, [order.changed({ orderId: 6 })])).rejects.toThrow("transaction");
  } finally {
    client.release();
  }
});

it("delivers what was committed and nothing else", async () => {
  await pipeline.start();
  await saveOrder(shop, pipeline, 7);
  await waitFor("order 7", () => downstream.books.last("crm-orders", orderKey(7)));
  await pipeline.drain();
  const delivered = new Set(downstream.books.kept.map(({ item }) => item.key.orderId));
  expect([...delivered].sort()).toEqual(["1", "3", "5", "7"]);
});
