import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { openPipeline, startPipeline, type TestPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const recording = await openPipeline(url, undefined, {});
const nobody = await Downstream.start();
const named = (coalesce: boolean) => ({ strategies: [ordersTo("orders", { coalesce })] });

/** Changes that a worker with this strategy has dispatched, and has not delivered. */
async function leaveBacklog(coalesce: boolean, orderId: number, notes: readonly string[]): Promise<void> {
  const worker = await openPipeline(url, nobody, named(coalesce));
  await worker.pause("orders");
  await worker.start();
  for (const note of notes) {
    await saveOrder(shop, recording, orderId, { note });
    await waitFor("its dispatch", async () => (await count(shop, "syncline.change")) === 0);
  }
  await worker.stop();
}

async function resumed(worker: TestPipeline): Promise<TestPipeline> {
  await worker.resume("orders");
  await worker.start();
  return worker;
}

it.each([
  ["to coalesce", false, 2],
  ["not to", true, 2],
])("has one call at a time for a key whose strategy was told %s while changes wait", async (_, before, calls) => {
  const orderId = before ? 1 : 2;
  await leaveBacklog(before, orderId, ["v1", "v2", "v3"]);
  const downstream = await Downstream.start();
  const hold = holdFirst();
  downstream.behave = hold.behave;
  const worker = await resumed(await openPipeline(url, downstream, named(!before)));
  await hold.arrived;
  await saveOrder(shop, recording, orderId, { note: "last" });
  await waitFor("its dispatch", async () => (await count(shop, "syncline.change")) === 0);
  hold.release();
  await waitFor("everything", () => isEmpty(shop));
  const history = downstream.books.history("orders", orderKey(orderId));
  expect(downstream.books.overlaps).toEqual([]);
  expect(history).toHaveLength(calls);
  expect(history.at(-1)?.body?.note).toBe("last");
  const revisions = history.map((item) => BigInt(item.revision));
  expect(revisions).toEqual([...revisions].sort((one, other) => (one < other ? -1 : 1)));
  await worker.stop();
});

it("has one call at a time for each key while workers with either strategy dispatch and deliver", async () => {
  const downstream = await Downstream.start();
  // Long enough for others to come in between, were they let.
  downstream.behave = async () => {
    await new Promise((resolve) => setTimeout(resolve, 3));
    return { status: 200 };
  };
  const workers = [
    await startPipeline(url, downstream, named(false)),
    await startPipeline(url, downstream, named(true)),
  ];
  const keys = [11, 12, 13];
  for (let version = 1; version <= 40; version += 1) {
    await Promise.all(keys.map((orderId) => saveOrder(shop, recording, orderId, { note: `v${version}` })));
  }
  await waitFor("everything", () => isEmpty(shop));
  expect(downstream.books.overlaps).toEqual([]);
  for (const orderId of keys) expect(downstream.books.last("orders", orderKey(orderId))?.body?.note).toBe("v40");
  await Promise.all(workers.map((worker) => worker.stop()));
});

it("brings the newest state out where an older change was dead before the switch", async () => {
  const downstream = await Downstream.start();
  downstream.behave = ({ items }) => ({ status: items[0]?.body?.note === "poison" ? 422 : 200 });
  const strict = await startPipeline(url, downstream, named(false));
  await saveOrder(shop, recording, 21, { note: "poison" });
  await waitFor("a dead letter", async () => (await strict.status()).strategies[0]?.dead === 1);
  await saveOrder(shop, recording, 21, { note: "stopped" });
  await strict.drain();
  await strict.stop();
  const worker = await startPipeline(url, downstream, named(true));
  await saveOrder(shop, recording, 21, { note: "newest" });
  await waitFor("what was dead, and what it stopped", () => isEmpty(shop));
  const history = downstream.books.history("orders", orderKey(21));
  expect(history.map(({ body }) => body?.note)).toEqual(["newest"]);
  await worker.stop();
});
