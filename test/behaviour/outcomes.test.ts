import { testDatabase } from "@syncline/dev-postgres/vitest";
import { describe, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const recording = await openPipeline(url, undefined, {});

describe("a batch that is rejected as a whole", () => {
  it("is halved until the poison stands alone, and everything else is delivered", async () => {
    const downstream = await Downstream.start();
    const poison = new Set(["7", "40"]);
    downstream.behave = ({ items }) =>
      items.some((item) => poison.has(String(item.key.orderId))) ? { status: 422 } : { status: 200 };
    await saveOrders(shop, recording, 1, 64);
    const pipeline = await startPipeline(url, downstream, { strategies: [ordersTo("batches", { batch: 64 })] });
    await waitFor("everything but the poison", async () => (await deliveries(shop)).length === 2);
    expect(await deliveries(shop)).toMatchObject([
      { key: '{"orderId":"40"}', state: "dead", failureCode: "http.422" },
      { key: '{"orderId":"7"}', state: "dead", failureCode: "http.422" },
    ]);
    expect(downstream.books.state("batches").size).toBe(62);
    // Two searches of log₂ 64 levels, and not 64 calls.
    expect(downstream.calls.length).toBeLessThanOrEqual(1 + 2 * 2 * 6);
    await pipeline.deadLetters.discard({ strategy: "batches" });
    await pipeline.stop();
  });

  it("is halved as well when it is too large, until its parts fit", async () => {
    const downstream = await Downstream.start();
    downstream.behave = ({ items }) => ({ status: items.length > 8 ? 413 : 200 });
    await saveOrders(shop, recording, 101, 164);
    const pipeline = await startPipeline(url, downstream, { strategies: [ordersTo("large", { batch: 64 })] });
    await waitFor("everything", () => isEmpty(shop));
    expect(downstream.books.state("large").size).toBe(64);
    await pipeline.stop();
  });
});

it("takes a partial answer at its word: the items listed are tried again or dead, the others are done", async () => {
  const downstream = await Downstream.start();
  const answer = {
    items: { path: "errors", index: "at", code: "code", map: { LOCKED: "transient" }, kind: "rejected" },
  };
  let locked = true;
  downstream.behave = ({ items }) => {
    const errors = items.flatMap((item, at) => {
      if (item.key.orderId === "205") return [{ at, code: "BAD" }];
      return item.key.orderId === "203" && locked ? [{ at, code: "LOCKED" }] : [];
    });
    locked = false;
    const bad = new Set(errors.map((error) => error.at));
    return { status: 200, body: { errors }, apply: items.flatMap((_, at) => (bad.has(at) ? [] : [at])) };
  };
  await saveOrders(shop, recording, 201, 210);
  const strategies = [ordersTo("partial", { batch: 10, options: { answer } })];
  const pipeline = await startPipeline(url, downstream, { strategies });
  await waitFor("everything but the bad one", async () => (await deliveries(shop)).length === 1);
  expect(await deliveries(shop)).toMatchObject([{ key: '{"orderId":"205"}', state: "dead", failureCode: "http.item" }]);
  expect(downstream.books.kept.length).toBe(9);
  expect(downstream.calls.map((call) => call.items.length)).toEqual([10, 1]);
  await pipeline.deadLetters.discard({ strategy: "partial" });
  await pipeline.stop();
});

it("closes a throttled lane for as long as the downstream asks, without a mark against any item", async () => {
  const downstream = await Downstream.start();
  downstream.behave = ({ number }) =>
    number === 1 ? { status: 429, headers: { "retry-after": "1" } } : { status: 200 };
  const strategies = [ordersTo("throttled", { concurrency: 1, retry: { maxAttempts: 1 } })];
  const pipeline = await openPipeline(url, downstream, { strategies });
  const closed = collect(pipeline, "circuitOpened");
  const opened = collect(pipeline, "circuitClosed");
  await saveOrders(shop, recording, 301, 320);
  await pipeline.start();
  await waitFor("everything", () => isEmpty(shop));
  expect(closed).toMatchObject([{ failure: { kind: "throttled", code: "http.429" } }]);
  // Never less than half of what was asked for: the jitter is core's.
  expect(closed[0]?.forMs).toBeGreaterThanOrEqual(450);
  expect(opened).toHaveLength(1);
  expect(downstream.calls).toHaveLength(21);
  await pipeline.stop();
});

describe("a strategy that is not idempotent", () => {
  it("holds for a person what may have been acted upon, and sends again what certainly was not", async () => {
    const downstream = await Downstream.start();
    const tries = new Map<unknown, number>();
    downstream.behave = ({ items }) => {
      const orderId = items[0]?.key.orderId;
      const tried = (tries.get(orderId) ?? 0) + 1;
      tries.set(orderId, tried);
      if (orderId === "401") return { status: 200, drop: true };
      if (orderId === "402" && tried === 1) return { status: 423 };
      return { status: 200 };
    };
    await saveOrders(shop, recording, 401, 403);
    const pipeline = await startPipeline(url, downstream, {
      strategies: [ordersTo("payments", { idempotent: false })],
    });
    await waitFor("the others", async () => (await deliveries(shop)).length === 1);
    expect(await deliveries(shop)).toMatchObject([{ key: '{"orderId":"401"}', state: "held" }]);
    expect(tries).toEqual(
      new Map([
        ["401", 1],
        ["402", 2],
        ["403", 1],
      ]),
    );

    // A newer change does not free it either: only a person does.
    await saveOrder(shop, recording, 401, { note: "newer" });
    await saveOrder(shop, recording, 404);
    await waitFor("a later one", () => downstream.books.last("payments", orderKey(404)));
    expect(tries.get("401")).toBe(1);
    downstream.behave = () => ({ status: 200 });
    expect(await pipeline.deadLetters.requeue({ strategy: "payments" })).toBe(1);
    await waitFor("the requeued one", () => downstream.books.last("payments", orderKey(401))?.body?.note === "newer");
    await waitFor("all to be settled", () => isEmpty(shop));
    await pipeline.stop();
  });
});
