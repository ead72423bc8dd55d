import { testDatabase } from "@syncline/dev-postgres/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, orderKey, ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WorkerProcess } from "../harness/worker-process.ts";

const leaseMs = 1_500;
const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const recording = await openPipeline(url, undefined, {});
const start = () => WorkerProcess.start({ url, baseUrl: downstream.url, tuning: { leaseMs } });
let workers: WorkerProcess[] = [];

await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [
  ...asRow(ordersTo("crm-orders", { concurrency: 4, timeoutMs: 20_000 })),
]);

beforeEach(() => {
  downstream.behave = accept;
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
});

describe("a worker that is killed with -9", () => {
  it("in the middle of a call: the key goes out again when the lease has ended, and not before", async () => {
    const { behave, arrived } = holdFirst();
    let leaseOver: boolean | undefined;
    downstream.behave = async (call) => {
      // Asked by the database's clock, while the second call is there.
      if (downstream.calls.length > 1) leaseOver = await hasPassed(leaseEnd);
      return behave(call);
    };
    workers = [await start()];
    await saveOrder(shop, recording, 1, { note: "survives" });
    await arrived;
    const { rows } = await shop.query<{ readonly due_at: Date }>("SELECT due_at FROM syncline.delivery");
    let leaseEnd = rows[0]?.due_at;
    await workers[0]?.kill();
    await waitFor("the dead worker's call to break off", () => downstream.answering === 0);
    // A renewal may have come in before the end.
    leaseEnd = (await shop.query<{ readonly due_at: Date }>("SELECT due_at FROM syncline.delivery")).rows[0]?.due_at;
    workers.push(await start());
    await waitFor("the second delivery", () => downstream.books.last("crm-orders", orderKey(1)));
    expect(leaseOver).toBe(true);
    await waitFor("the delivery to be settled", () => isEmpty(shop));
    expect(downstream.books.last("crm-orders", orderKey(1))?.body?.note).toBe("survives");
    const [first, second] = downstream.calls;
    expect(downstream.calls).toHaveLength(2);
    expect(second?.items[0]?.deliveryId).toBe(first?.items[0]?.deliveryId);
  });

  it("in the middle of a call that must not be sent twice: it is held for a person, and not sent again", async () => {
    const { behave, arrived } = holdFirst(accept, ({ lane }) => lane === "payments");
    downstream.behave = behave;
    await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [
      ...asRow(ordersTo("payments", { idempotent: false, timeoutMs: 20_000 })),
    ]);
    workers = [await start()];
    await saveOrder(shop, recording, 2, { note: "once" });
    await arrived;
    await workers[0]?.kill();
    workers.push(await start());
    const { items } = await waitFor("the payment to be held", async () => {
      const found = await recording.deadLetters.list({ strategy: "payments" });
      return found.items.length > 0 ? found : undefined;
    });
    expect(items).toMatchObject([{ state: "held", failure: { code: "lease.lapsed" } }]);
    expect(downstream.calls.filter(({ lane }) => lane === "payments")).toHaveLength(1);
    await recording.deadLetters.discard({ strategy: "payments" });
    await shop.query("DELETE FROM syncline.strategy WHERE name = 'payments'");
  });

  it("among four that share the work: nothing is lost, and no key is ever in two calls at once", async () => {
    downstream.behave = () => new Promise((resolve) => setTimeout(resolve, 5, { status: 200 }));
    workers = await Promise.all([start(), start(), start(), start()]);
    const before = downstream.books.kept.length;
    const victims = workers.slice(0, 2);
    for (let from = 1_000; from < 3_000; from += 200) await saveOrders(shop, recording, from, from + 199);
    await waitFor("the victims to be at work", () => victims.every((worker) => worker.delivered > 0));
    expect(await count(shop, "syncline.delivery")).toBeGreaterThan(0);
    await Promise.all(victims.map((worker) => worker.kill()));
    await waitFor("the survivors to deliver all", () => isEmpty(shop));
    expect(downstream.books.kept.length - before).toBeGreaterThanOrEqual(2_000);
    for (let orderId = 1_000; orderId < 3_000; orderId += 1) {
      expect(downstream.books.last("crm-orders", orderKey(orderId))).toBeDefined();
    }
    expect(downstream.books.overlaps).toEqual([]);
    expect(workers.slice(2).map((worker) => worker.delivered > 0)).toEqual([true, true]);
  });
});

async function hasPassed(time: Date | undefined): Promise<boolean | undefined> {
  const { rows } = await shop.query<{ readonly over: boolean }>("SELECT clock_timestamp() >= $1 AS over", [time]);
  return rows[0]?.over;
}
