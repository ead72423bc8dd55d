import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { openPipeline, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order, orderKey, ordersTo } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrderOn } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const options = { strategies: [ordersTo("crm-orders", { timeoutMs: 30_000 })], tuning: { leaseMs: 60_000 } };
const pipeline = await startPipeline(url, downstream, options);

it("delivers a change that is committed and dispatched while an older state of its key is in flight", async () => {
  const { behave, arrived, release } = holdFirst();
  downstream.behave = behave;
  await saveOrder(shop, pipeline, 1, { note: "old" });
  const call = await arrived;
  await saveOrder(shop, pipeline, 1, { note: "new" });
  await folded(call.items[0]?.revision);
  expect(downstream.calls).toHaveLength(1);
  release();
  await waitFor("all to be delivered", () => isEmpty(shop));
  expect(notes(1)).toEqual(["old", "new"]);
  const [first, second] = downstream.books.history("crm-orders", orderKey(1));
  expect(second?.deliveryId).not.toBe(first?.deliveryId);
  expect(BigInt(second?.revision ?? 0)).toBeGreaterThan(BigInt(first?.revision ?? 0));
});

it("delivers a change with a lower id that is committed while one with a higher id is in flight", async () => {
  const { behave, arrived, release } = holdFirst();
  downstream.behave = behave;
  await shop.query("INSERT INTO orders (id, customer_id, note) VALUES (2, 1, 'old')");
  const slow = await shop.connect();
  try {
    await slow.query("BEGIN");
    // Draws its id now and commits it later; another transaction on the same key overtakes it.
    await pipeline.recorder.record(slow, [order.changed({ orderId: 2 })]);
    await saveOrder(shop, pipeline, 2, { note: "overtaker" });
    const call = await arrived;
    await slow.query("UPDATE orders SET note = 'late' WHERE id = 2");
    await slow.query("COMMIT");
    await folded(call.items[0]?.revision);
    release();
  } finally {
    slow.release();
  }
  await waitFor("all to be delivered", () => isEmpty(shop));
  expect(notes(2)).toEqual(["overtaker", "late"]);
  const revisions = downstream.books.history("crm-orders", orderKey(2)).map((item) => BigInt(item.revision));
  expect(revisions).toEqual([...revisions].sort((one, other) => (one < other ? -1 : 1)));
});

it("delivers what another worker dispatched while the call was in flight here", async () => {
  const other = await openPipeline(url, downstream, options);
  const { behave, arrived, release } = holdFirst();
  downstream.behave = behave;
  await saveOrder(shop, pipeline, 3, { note: "old" });
  const call = await arrived;
  await other.start();
  for (const note of ["newer", "newest"]) await saveOrder(shop, pipeline, 3, { note });
  await folded(call.items[0]?.revision);
  release({ status: 500 });
  await waitFor("all to be delivered", () => isEmpty(shop));
  expect(downstream.books.last("crm-orders", orderKey(3))?.body?.note).toBe("newest");
  expect(downstream.books.overlaps).toEqual([]);
});

it("does not lose a transaction with a lower change id that commits after higher ones were delivered", async () => {
  const slow = await shop.connect();
  try {
    await slow.query("BEGIN");
    await saveOrderOn(slow, pipeline, 4, { note: "slow" });
    await saveOrder(shop, pipeline, 5, { note: "quick" });
    await waitFor("the quick one", () => downstream.books.last("crm-orders", orderKey(5)));
    await slow.query("COMMIT");
  } finally {
    slow.release();
  }
  await waitFor("the slow one", () => downstream.books.last("crm-orders", orderKey(4)));
});

/** Waits until the delivery has taken a change in that came after the one in flight. */
async function folded(revision: string | undefined): Promise<void> {
  await waitFor("the change to be dispatched", async () => {
    const [row] = await deliveries(shop);
    return row?.leased && BigInt(row.revision) > BigInt(revision ?? 0);
  });
}

function notes(orderId: number): readonly unknown[] {
  return downstream.books.history("crm-orders", orderKey(orderId)).map((item) => item.body?.note);
}
