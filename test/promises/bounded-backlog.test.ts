import { testDatabase } from "@syncline/dev-postgres/vitest";
import { describe, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { collect, startPipeline, type TestPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const keys = 100;
const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
// Two attempts only: if an outage cost an item anything, there would be dead letters at once.
const retry = { maxAttempts: 2, initialMs: 5, maxMs: 10 };
const pipeline = await startPipeline(url, downstream, {
  strategies: [ordersTo("singles", { retry }), ordersTo("batches", { retry, batch: 25 })],
  tuning: { breakerOpenMs: 20, breakerMaxOpenMs: 50, unauthorizedProbeMs: 50, misconfiguredProbeMs: 50 },
});
await saveOrders(shop, pipeline, 1, keys);
await waitFor("the first deliveries", () => isEmpty(shop));

describe("the backlog of a downstream", () => {
  it("that is down is at most its distinct keys, without dead letters, and all of it arrives afterwards", async () => {
    const { port } = downstream;
    await downstream.stop();
    await changeEveryKey(8, "outage");
    await failures(pipeline, 12);
    await expectOneDeliveryPerKey();
    await downstream.listen(port);
    await expectRecovery("outage 8");
  });

  it.each([
    ["refuses an expired password", 401],
    ["says that it is unavailable", 503],
    ["does not know the path", 404],
  ])("that %s (%i) is at most its distinct keys, without dead letters", async (_, status) => {
    downstream.behave = () => ({ status });
    const before = downstream.calls.length;
    await changeEveryKey(5, `status ${status}`);
    await waitFor("some probes", () => downstream.calls.length >= before + 10);
    await expectOneDeliveryPerKey();
    downstream.behave = accept;
    await expectRecovery(`status ${status} 5`);
  });
});

async function changeEveryKey(times: number, note: string): Promise<void> {
  for (let time = 1; time <= times; time += 1) {
    for (let orderId = 1; orderId <= keys; orderId += 1) {
      await saveOrder(shop, pipeline, orderId, { note: `${note} ${time}` });
    }
  }
  await waitFor("everything to be dispatched", async () => (await count(shop, "syncline.change")) === 0);
}

/** Calls that came to nothing, after which the lane let another probe through. */
async function failures(of: TestPipeline, least: number): Promise<void> {
  const closed = collect(of, "circuitOpened");
  await waitFor("the lanes to have probed in vain", () => closed.length >= least);
}

async function expectOneDeliveryPerKey(): Promise<void> {
  for (const strategy of ["singles", "batches"]) {
    expect(await count(shop, `syncline.delivery WHERE strategy = '${strategy}'`)).toBeLessThanOrEqual(keys);
  }
  expect(await count(shop, "syncline.delivery WHERE state <> 'pending' OR attempts > 0")).toBe(0);
  expect(await count(shop, "syncline.delivery")).toBeGreaterThan(0);
}

async function expectRecovery(note: string): Promise<void> {
  await waitFor("the backlog to be delivered", () => isEmpty(shop));
  for (const strategy of ["singles", "batches"]) {
    const states = [...downstream.books.state(strategy).values()] as { readonly note: string }[];
    expect(states.map((state) => state.note)).toEqual(Array(keys).fill(note));
  }
}
