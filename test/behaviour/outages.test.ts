import { testDatabase } from "@syncline/dev-postgres/vitest";
import { describe, expect, it } from "vitest";
import { accept, type Behaviour, Downstream } from "../harness/downstream.ts";
import { collect, startPipeline, type TestPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { count, deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
let next = 1;
/** Saves some more orders. Returns the last one's id. */
async function save(pipeline: TestPipeline, many: number): Promise<number> {
  const from = next;
  next += many;
  await saveOrders(shop, pipeline, from, next - 1);
  return next - 1;
}

const outages: readonly (readonly [string, Behaviour])[] = [
  ["500", () => ({ status: 500 })],
  ["by turns 500, 521 and 503", ({ number }) => ({ status: [500, 521, 503][number % 3] ?? 500 })],
  ["an error for each item of a list", ({ items }) => ({ status: 200, apply: [], body: errorsOf(items) })],
];
const errorsOf = (items: readonly unknown[]) => ({ errors: items.map((_, at) => ({ at })) });

it.each(outages)("an outage that is told as %s kills nothing, and takes few calls", async (_, behaviour) => {
  const downstream = await Downstream.start();
  const answer = { items: { path: "errors", index: "at" } };
  // Not one attempt to spare.
  const retry = { maxAttempts: 1, initialMs: 5, maxMs: 10 };
  const strategies = [ordersTo("singles", { retry }), ordersTo("batches", { retry, batch: 20, options: { answer } })];
  downstream.behave = (call) => (call.lane === "singles" ? { status: 500 } : behaviour(call));
  const pipeline = await startPipeline(url, downstream, { strategies });
  const opened = collect(pipeline, "circuitOpened");
  await save(pipeline, 100);
  await waitFor("the lanes to have probed in vain", () => opened.length >= 12);
  expect(await count(shop, "syncline.delivery WHERE state <> 'pending' OR attempts > 0")).toBe(0);
  expect(downstream.calls.length).toBeLessThanOrEqual(100);
  downstream.behave = accept;
  await waitFor("everything to arrive", () => isEmpty(shop));
  await pipeline.stop();
});

describe.each([401, 403, 404, 410, 302])("one record that is answered %i", (status) => {
  it("becomes a dead letter, while the others arrive and no circuit opens", async () => {
    const downstream = await Downstream.start();
    const retry = { maxAttempts: 3, initialMs: 5, maxMs: 10 };
    const strategies = [ordersTo("singles", { retry }), ordersTo("batches", { retry, batch: 4 })];
    const pipeline = await startPipeline(url, downstream, { strategies });
    const troubles = [collect(pipeline, "circuitOpened"), collect(pipeline, "downstreamSuspended")];
    const bad = (await save(pipeline, 6)) + 1;
    await waitFor("the first ones", () => isEmpty(shop));
    const isBad = ({ key }: { readonly key: { readonly orderId?: unknown } }) => key.orderId === String(bad);
    downstream.behave = ({ items }) => ({ status: items.some(isBad) ? status : 200 });
    let last = 0;
    await waitFor("the dead letters", async () => {
      last = await save(pipeline, 1);
      return (await count(shop, "syncline.delivery WHERE state = 'dead'")) === 2;
    });
    await waitFor("the others", async () => {
      return (await count(shop, "syncline.change")) === 0 && (await deliveries(shop)).length === 2;
    });
    const key = `{"orderId":"${bad}"}`;
    expect(await deliveries(shop)).toMatchObject([
      { key, attempts: 3 },
      { key, attempts: 3 },
    ]);
    for (const lane of ["singles", "batches"]) expect(downstream.books.last(lane, orderKey(last))).toBeDefined();
    expect(troubles).toEqual([[], []]);
    for (const strategy of ["singles", "batches"]) await pipeline.deadLetters.discard({ strategy });
    await pipeline.stop();
  });
});
