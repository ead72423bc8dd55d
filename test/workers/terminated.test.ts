import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, orderKey, ordersTo } from "../harness/shop-model.ts";
import { deliveries, leasedCount } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WorkerProcess } from "../harness/worker-process.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const recording = await openPipeline(url, undefined, {});
await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [
  ...asRow(ordersTo("crm-orders", { concurrency: 1, timeoutMs: 30_000 })),
]);

it("finishes the call in flight on SIGTERM, releases the other claims at once, unmarked, and exits with 0", async () => {
  const { behave, arrived, release } = holdFirst();
  downstream.behave = behave;
  // A lease that is far longer than the test: what is free before the end was released.
  const tuning = { leaseMs: 120_000 };
  const worker = await WorkerProcess.start({ url, baseUrl: downstream.url, tuning });
  await saveOrders(shop, recording, 1, 10);
  const inFlight = (await arrived).items[0]?.key;
  await waitFor("a claim that waits for its turn", async () => (await leasedCount(shop)) > 1);
  worker.terminate();
  await waitFor(
    "the other claims to be released",
    async () => worker.has("stopping") && (await leasedCount(shop)) === 1,
  );
  expect(worker.has("stopped")).toBe(false);
  release();
  await worker.ended();
  expect(worker.exitCode).toBe(0);
  expect(downstream.calls).toHaveLength(1);
  expect(downstream.books.last("crm-orders", inFlight ?? orderKey(0))).toBeDefined();
  const left = await deliveries(shop);
  expect(left).toHaveLength(9);
  expect(left.filter((row) => row.leased || row.attempts > 0 || row.state !== "pending")).toEqual([]);
});
