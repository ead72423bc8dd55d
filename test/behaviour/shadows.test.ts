import { strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { customer, order, ordersQuery, ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { saveOrders, transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const paths = (downstream: Downstream) => new Set(downstream.calls.map(({ lane }) => lane));

it("a shadow does all but the call, beside the strategy that it is held against", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  const pipeline = await openPipeline(url, downstream, {
    strategies: [
      ordersTo("crm-orders"),
      ordersTo("crm-same", { path: "/crm-orders", mode: "shadow", shadowOf: "crm-orders" }),
      ordersTo("crm-next", {
        query: ordersQuery.replace("o.total", "o.total AS amount"),
        ...{ mode: "shadow", shadowOf: "crm-orders", idempotent: false },
      }),
    ],
  });
  const delivered = collect(pipeline, "delivered");
  const shadowed = collect(pipeline, "shadowed");
  await pipeline.start();
  await saveOrders(shop, pipeline, 1, 60);
  await waitFor("everything", () => isEmpty(shop));
  await transaction(shop, async (tx) => {
    await tx.query("DELETE FROM orders WHERE id = 7");
    await pipeline.recorder.record(tx, [order.changed({ orderId: 7n })]);
  });
  await waitFor("the delete", () => isEmpty(shop));

  expect(paths(downstream)).toEqual(new Set(["crm-orders"]));
  expect(downstream.calls).toHaveLength(61);
  expect(new Set(delivered.map((event) => event.strategy))).toEqual(new Set(["crm-orders"]));
  expect(new Set(shadowed.map((event) => event.strategy))).toEqual(new Set(["crm-same", "crm-next"]));
  const same = await pipeline.shadow("crm-same");
  const next = await pipeline.shadow("crm-next");
  for (const { counts, sample } of [same, next]) {
    expect(counts).toEqual({ upserts: 60, deletes: 1 });
    expect(sample).toHaveLength(20);
  }
  expect(same.sample.map(({ isSame }) => isSame)).toEqual(Array.from({ length: 20 }, () => true));
  expect(new Set(next.sample.map(({ isSame }) => isSame))).toContain(false);
  const changed = next.sample.find(({ shadow }) => shadow?.operation === "upsert");
  expect(changed?.shadow?.body).toHaveProperty("amount");
  expect(changed?.live?.body).toHaveProperty("total");
  expect(changed?.shadow?.request).toMatchObject({ method: "POST", url: `${downstream.url}/crm-next` });
  await expect(pipeline.definitions.makeLive("crm-next", { others: "keep" })).rejects.toMatchObject({
    ...{ code: "config.invalid", message: expect.stringContaining('"crm-next" stands in code') },
  });
  await expect(pipeline.shadow("crm-orders")).rejects.toMatchObject({ code: "strategy.unknown" });
  expect((await pipeline.strategies()).map(({ name, mode }) => [name, mode])).toEqual([
    ["crm-next", "shadow"],
    ["crm-orders", "live"],
    ["crm-same", "shadow"],
  ]);
  await pipeline.stop();
});

it("what a shadow cannot read is a dead letter, and its successes say nothing of its downstream", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  downstream.behave = () => ({ status: 503 });
  const pipeline = await openPipeline(url, downstream, {
    strategies: [
      ordersTo("crm-orders", { concurrency: 1 }),
      ordersTo("crm-next", { mode: "shadow", query: `${ordersQuery} AND 1 / (o.id - 3) <> 7` }),
    ],
  });
  const dead = collect(pipeline, "dead");
  const opened = collect(pipeline, "circuitOpened");
  await pipeline.start();
  await saveOrders(shop, pipeline, 1, 20);
  await waitFor("the outage", () => opened.length > 0);
  await waitFor("the shadow's others", async () => (await pipeline.shadow("crm-next")).counts.upserts >= 19);
  await waitFor("the shadow's dead letter", () => dead.length === 1);
  expect(dead[0]).toMatchObject({ strategy: "crm-next", key: '{"orderId":"3"}' });
  expect(opened.every((event) => event.strategy === "crm-orders")).toBe(true);
  downstream.behave = () => ({ status: 200 });
  await waitFor("the rest", async () =>
    (await pipeline.status()).strategies.every(({ due, waiting, leased }) => due + waiting + leased === 0),
  );
  await pipeline.stop();
});

it("a shadow that is held against nothing that there is, is refused by name", async () => {
  const url = await testDatabase();
  await openShop(url);
  const downstream = await Downstream.start();
  const pipeline = await openPipeline(url, downstream, {
    strategies: [
      ordersTo("crm-orders"),
      ordersTo("a", { mode: "shadow", shadowOf: "crm-order" }),
      ordersTo("b", { mode: "shadow", shadowOf: "b" }),
      strategy("c", {
        ...{ category: customer, query: "SELECT c.id FROM customers c WHERE c.id = :customerId" },
        ...{ downstream: "crm", path: "/c", whenAbsent: "skip", mode: "shadow", shadowOf: "crm-orders" },
      }),
    ],
  });
  const problems = [
    { at: "strategies.a.shadowOf", message: '"crm-order" is no live strategy of the category "order".' },
    { at: "strategies.b.shadowOf", message: '"b" is no live strategy of the category "order".' },
    { at: "strategies.c.shadowOf", message: '"crm-orders" is no live strategy of the category "customer".' },
  ];
  expect(await pipeline.check()).toEqual(problems);
  await expect(pipeline.start()).rejects.toMatchObject({ code: "strategy.invalid", problems });
});
