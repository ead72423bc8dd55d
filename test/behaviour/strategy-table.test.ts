import type { StrategyInCode } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, orderKey, ordersTo } from "../harness/shop-model.ts";
import { count, deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrderOn, saveOrders, transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const pipeline = await openPipeline(url, downstream, { strategyTable: true, strategies: [ordersTo("in-code")] });
const invalid = collect(pipeline, "strategyInvalid");
await pipeline.start();

const insert = "INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)";
const row = (strategy: StrategyInCode) => [...asRow(strategy)];

it("has a strategy in force without a restart for every change committed with or after it", async () => {
  for (let turn = 1; turn <= 10; turn += 1) {
    const name = `added-${turn}`;
    // The worker's strategies are out of date at the very next dispatch, and that must cost nothing.
    await transaction(shop, async (tx) => {
      await tx.query(insert, row(ordersTo(name)));
      await saveOrderOn(tx, pipeline, turn, { note: "with it" });
    });
    await saveOrder(shop, pipeline, 100 + turn, { note: "after it" });
    await waitFor(`${name} to have both`, () => downstream.books.state(name).size === 2);
    expect([...downstream.books.state(name).keys()].sort()).toEqual(
      [orderKey(turn), orderKey(100 + turn)].map((key) => JSON.stringify(key)).sort(),
    );
    await shop.query("DELETE FROM syncline.strategy WHERE name = $1", [name]);
  }
});

it("stops nobody else when one row cannot work, collects that one's keys, and delivers them once it is mended", async () => {
  const [name, definition] = row(ordersTo("mended", { query: "SELEC nonsense FROM orders WHERE id = :nobody" }));
  await shop.query(insert, [name, definition]);
  await shop.query(insert, ["nonsense", JSON.stringify({ category: "order", whenAbsent: "perhaps" })]);
  await saveOrder(shop, pipeline, 201);
  await waitFor("the sound one", () => downstream.books.last("in-code", orderKey(201)));
  await waitFor("both to be reported", () => new Set(invalid.map((each) => each.name)).size === 2);
  await waitFor("the broken one's key", async () =>
    (await deliveries(shop)).some((each) => each.strategy === "mended"),
  );
  await shop.query("UPDATE syncline.strategy SET definition = $2 WHERE name = $1", row(ordersTo("mended")));
  await shop.query("DELETE FROM syncline.strategy WHERE name = 'nonsense'");
  await saveOrder(shop, pipeline, 202);
  await waitFor("what had collected", () => downstream.books.last("mended", orderKey(201)));
  await shop.query("DELETE FROM syncline.delivery WHERE strategy = 'nonsense'");
  await waitFor("all to be settled", () => isEmpty(shop));
});

it("dispatches nothing while there are more strategies than are read: what those collect would be lost", async () => {
  await shop.query(
    `INSERT INTO syncline.strategy (name, definition)
     SELECT 'many-' || n, jsonb_build_object('category', 'order', 'whenAbsent', 'perhaps') FROM generate_series(1, 5001) AS n`,
  );
  await saveOrder(shop, pipeline, 901);
  await waitFor("health to tell", () =>
    pipeline.health().problems.some(({ message }) => message.includes("more than 5000 strategies")),
  );
  expect(await count(shop, "syncline.change")).toBe(1);
  expect(downstream.books.last("in-code", orderKey(901))).toBeUndefined();
  await shop.query("DELETE FROM syncline.strategy WHERE name LIKE 'many-%'");
  await waitFor("it to be delivered", () => downstream.books.last("in-code", orderKey(901)));
  await waitFor("all to be settled", () => isEmpty(shop));
});

it("stops nobody else when a row's query fails only when it is run", async () => {
  await shop.query(
    insert,
    row(ordersTo("no-such-table", { query: "SELECT x FROM no_such_table WHERE id = :orderId" })),
  );
  await saveOrders(shop, pipeline, 300, 320);
  await waitFor("the sound one", () => downstream.books.last("in-code", orderKey(320)));
  await waitFor("the sound one's rest", async () =>
    (await deliveries(shop)).every((each) => each.strategy === "no-such-table"),
  );
  const left = await deliveries(shop);
  expect(left).toHaveLength(21);
  expect(left.filter((each) => each.state !== "pending" || each.attempts > 0)).toEqual([]);
  await shop.query("DELETE FROM syncline.strategy WHERE name = 'no-such-table'");
  await shop.query("DELETE FROM syncline.delivery");
});

it("backfills a strategy that came later, and sends nothing of it to the others", async () => {
  await shop.query(insert, row(ordersTo("latecomer")));
  await saveOrder(shop, pipeline, 400);
  await waitFor("the strategy to be in force", () => downstream.books.last("latecomer", orderKey(400)));
  await waitFor("all to be settled", () => isEmpty(shop));
  const before = downstream.callsTo("in-code").length;
  const recorded = await pipeline.backfill("latecomer", { keys: `SELECT id AS "orderId" FROM orders` });
  expect(recorded).toBeGreaterThan(20);
  await waitFor("the backfill", () => downstream.books.state("latecomer").size === recorded);
  await waitFor("all to be settled", () => isEmpty(shop));
  expect(downstream.callsTo("in-code").length).toBe(before);
});
