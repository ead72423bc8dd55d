import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeEach, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { collect, openPipeline, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const leaseMs = 1_000;
const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const options = { strategies: [ordersTo("crm-orders", { concurrency: 1, timeoutMs: 20_000 })], tuning: { leaseMs } };
const recording = await openPipeline(url, downstream, options);
const workers = await Promise.all([1, 2, 3].map(() => startPipeline(url, downstream, options)));
const late = workers.map((worker) => collect(worker, "late"));

beforeEach(() => {
  downstream.behave = accept;
});

it("never has one key in two calls at once, however many workers race for a few hot keys", async () => {
  downstream.behave = ({ number }) => (number % 7 === 0 ? { status: 500 } : { status: 200 });
  const writers = Array.from({ length: 5 }, async (_, writer) => {
    for (let version = 0; version < 60; version += 1) {
      await saveOrder(shop, recording, 1 + (version % 4), { note: `${writer}.${version}` });
    }
  });
  await Promise.all(writers);
  await waitFor("all to be delivered", () => isEmpty(shop));
  expect(downstream.books.overlaps).toEqual([]);
  expect(downstream.books.kept.length).toBeGreaterThan(4);
});

it("keeps the leases of what waits for its turn, so that nobody else takes it meanwhile", async () => {
  // However the workers share them, each lane looks ahead by more keys than it can send within one lease.
  downstream.behave = () => new Promise((resolve) => setTimeout(resolve, 200, { status: 200 }));
  const before = downstream.calls.length;
  const since = await databaseTime();
  await saveOrders(shop, recording, 100, 123);
  await waitFor("all to be delivered", () => isEmpty(shop));
  expect(await databaseTime()).toBeGreaterThan(since + leaseMs);
  expect(downstream.calls.length - before).toBe(24);
  expect(late.flat()).toEqual([]);
});

it("gives a call up before its lease ends and another one may begin", async () => {
  const { behave, arrived } = holdFirst();
  downstream.behave = behave;
  await saveOrder(shop, recording, 10);
  const { number } = await arrived;
  await waitFor("the second call to be accepted", () => downstream.books.last("crm-orders", orderKey(10)));
  await waitFor("the delivery to be settled", () => isEmpty(shop));
  expect(downstream.calls.length).toBe(number + 1);
  expect(downstream.books.overlaps).toEqual([]);
  expect(late.flat()).toEqual([]);
});

it("sends the same content under the same delivery id again, and other content under another", async () => {
  let failures = 0;
  const seen: string[] = [];
  downstream.behave = async ({ items }) => {
    seen.push(`${items[0]?.deliveryId} ${items[0]?.body?.note}`);
    failures += 1;
    if (failures === 1) return { status: 500 };
    if (failures === 2) return { status: 200, drop: true };
    if (failures === 3) {
      await shop.query("UPDATE orders SET note = 'B' WHERE id = 20");
      return { status: 500 };
    }
    return { status: 200 };
  };
  await saveOrder(shop, recording, 20, { note: "A" });
  await waitFor("four calls", () => seen.length === 4);
  await waitFor("the delivery to be settled", () => isEmpty(shop));
  const [first, second, third, fourth] = seen;
  expect([second, third]).toEqual([first, first]);
  expect(fourth).toContain(" B");
  expect(fourth?.split(" ")[0]).not.toBe(first?.split(" ")[0]);
  expect(downstream.books.reusedIds).toEqual([]);
  expect(downstream.books.renamedContents).toEqual([]);
});

it("gives a content that returns later an id of its own: A, B, A are three deliveries", async () => {
  const ids = new Set<string>();
  for (const note of ["A", "B", "A"]) {
    await saveOrder(shop, recording, 30, { note });
    await waitFor("the delivery to be settled", () => isEmpty(shop));
    ids.add(downstream.books.last("crm-orders", orderKey(30))?.deliveryId ?? "");
  }
  expect(ids.size).toBe(3);
});

/** In milliseconds: leases go by the database's clock. */
async function databaseTime(): Promise<number> {
  const { rows } = await shop.query<{ readonly now: string }>(
    "SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now",
  );
  return Number(rows[0]?.now);
}
