import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const recording = await openPipeline(url, undefined, {});

it("delivers every change in order per key without coalescing, with several workers and failing calls", async () => {
  const downstream = await Downstream.start();
  downstream.behave = ({ number }) => (number % 3 === 0 ? { status: 500 } : { status: 200 });
  const retry = { maxAttempts: 1_000, initialMs: 5, maxMs: 20 };
  const options = { strategies: [ordersTo("every", { coalesce: false, retry })] };
  const workers = [await startPipeline(url, downstream, options), await startPipeline(url, downstream, options)];
  for (let version = 1; version <= 20; version += 1) {
    for (const orderId of [1, 2, 3]) await saveOrder(shop, recording, orderId, { note: `v${version}` });
  }
  await waitFor("everything", () => isEmpty(shop));
  for (const orderId of [1, 2, 3]) {
    const history = downstream.books.history("every", orderKey(orderId));
    expect(history).toHaveLength(20);
    const revisions = history.map((item) => BigInt(item.revision));
    expect(revisions).toEqual([...revisions].sort((one, other) => (one < other ? -1 : 1)));
    expect(history.at(-1)?.body?.note).toBe("v20");
  }
  expect(downstream.books.overlaps).toEqual([]);
  await Promise.all(workers.map((worker) => worker.stop()));
});

it("stops a key without coalescing at its dead letter, and only that key", async () => {
  const downstream = await Downstream.start();
  let poisonous = true;
  downstream.behave = ({ items }) => ({ status: poisonous && items[0]?.key.orderId === "11" ? 422 : 200 });
  const pipeline = await startPipeline(url, downstream, { strategies: [ordersTo("strict", { coalesce: false })] });
  for (const orderId of [11, 12, 11, 12]) await saveOrder(shop, recording, orderId);
  await waitFor("the other key", () => downstream.books.history("strict", orderKey(12)).length === 2);
  // What is behind the dead letter is not due: nothing but a person can bring it on its way.
  await pipeline.drain();
  expect((await pipeline.status()).strategies).toMatchObject([{ strategy: "strict", due: 0, blocked: 1, dead: 1 }]);
  expect(downstream.calls.filter((call) => call.items[0]?.key.orderId === "11")).toHaveLength(1);
  poisonous = false;
  await pipeline.deadLetters.requeue({ strategy: "strict" });
  await waitFor("both of the stopped key", () => isEmpty(shop));
  expect(downstream.books.history("strict", orderKey(11))).toHaveLength(2);
  await pipeline.stop();
});

it("waits until a key has been quiet, and no longer than the strategy's most", async () => {
  const downstream = await Downstream.start();
  const debounce = { quietMs: 400, maxMs: 60_000 };
  const pipeline = await startPipeline(url, downstream, {
    strategies: [ordersTo("quiet", { debounce }), ordersTo("impatient", { debounce: { quietMs: 700, maxMs: 700 } })],
  });
  let version = 0;
  // The key is never quiet, until its longest wait has passed for the impatient one.
  while (downstream.books.last("impatient", orderKey(21)) === undefined) {
    version += 1;
    await saveOrder(shop, recording, 21, { note: `v${version}` });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(downstream.callsTo("quiet")).toEqual([]);
  await waitFor("everything", () => isEmpty(shop));
  expect(downstream.books.history("quiet", orderKey(21)).map((item) => item.body?.note)).toEqual([`v${version}`]);
  expect(version).toBeGreaterThan(5);
  expect(downstream.callsTo("impatient").length).toBeLessThanOrEqual(3);
  await pipeline.stop();
});
