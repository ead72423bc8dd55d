import { category, createPipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import type pg from "pg";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { categories, order, ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { saveOrder, transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();

/** What a version after this one may do to the tables, as the rule of migrations says: it adds. */
async function migrateToTheFuture(): Promise<void> {
  await shop.query(`
    ALTER TABLE syncline.change ADD COLUMN origin text NOT NULL DEFAULT 'unknown';
    ALTER TABLE syncline.delivery ADD COLUMN priority smallint NOT NULL DEFAULT 0;
    CREATE INDEX ON syncline.delivery (priority);
    CREATE TABLE syncline.later (id bigint PRIMARY KEY);
    INSERT INTO syncline.migration (version, name) SELECT max(version) + 1, '9999-later' FROM syncline.migration`);
}

it("a worker works on while a newer version migrates the tables, and is refused at its next start with both versions", async () => {
  const older = await openPipeline(url, downstream, { strategies: [ordersTo("crm-orders")] });
  await older.start();
  await saveOrder(shop, older, 1, { note: "before" });
  await waitFor("the delivery before", () => downstream.books.last("crm-orders", { orderId: "1" }));
  await migrateToTheFuture();
  for (let orderId = 2; orderId <= 30; orderId += 1) await saveOrder(shop, older, orderId, { note: "after" });
  await waitFor("all to be delivered by the older worker", () => isEmpty(shop));
  expect(downstream.books.last("crm-orders", { orderId: "30" })?.body?.note).toBe("after");
  const restarted = createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url }),
    categories,
    downstreams: {},
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  await expect(restarted.start()).rejects.toMatchObject({
    code: "database.schema",
    message: expect.stringMatching(/is at version \d+, and this adapter knows \d+: update @syncline\/postgres/),
  });
  await restarted.stop();
  await older.stop();
  await shop.query("DELETE FROM syncline.migration WHERE name = '9999-later'");
});

it("what only the newer version knows is kept for it: a category apart, a strategy's option refused by its name", async () => {
  const review = category("review", { reviewId: "bigint" });
  const newer = await openPipeline(url, downstream, {
    categories: [...categories, review],
    strategies: [
      strategy("reviews", {
        category: review,
        query: "SELECT :reviewId AS id",
        whenAbsent: "skip",
        downstream: "crm",
        path: "/reviews",
        options: { envelope: true },
      }),
    ],
  });
  const older = await openPipeline(url, downstream, {
    strategyTable: true,
    downstreams: { crm: http({ baseUrl: downstream.url }) },
  });
  const invalid: string[] = [];
  older.on("strategyInvalid", ({ name }) => invalid.push(name));
  await older.start();
  const { category: inCode, name, ...rest } = ordersTo("crm-orders");
  const definition = { ...rest, category: inCode.name };
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2), ('future', $3)", [
    name,
    JSON.stringify(definition),
    JSON.stringify({ ...definition, priority: "high" }),
  ]);
  await transaction(shop, async (tx) => {
    await newer.recorder.record(tx, [review.changed({ reviewId: 5 })]);
    await tx.query("INSERT INTO orders (id, customer_id) VALUES (100, 1)");
    await older.recorder.record(tx, [order.changed({ orderId: 100 })]);
  });
  await waitFor("the older worker to deliver what it knows", () =>
    downstream.books.last("crm-orders", { orderId: "100" }),
  );
  await waitFor("the older worker to refuse what it does not know", () => invalid.includes("future"));
  expect(downstream.calls.some(({ lane }) => lane === "reviews")).toBe(false);
  expect((await older.status()).refused).toBe(1);
  await newer.start();
  await waitFor("the newer worker to deliver what was kept apart", () =>
    downstream.calls.some(({ lane }) => lane === "reviews"),
  );

  // And while both work, whichever of them takes it first.
  for (let reviewId = 6; reviewId <= 10; reviewId += 1)
    await transaction(shop, (tx) => newer.recorder.record(tx, [review.changed({ reviewId })]));
  const reviews = () => new Set(downstream.calls.filter(({ lane }) => lane === "reviews").map(({ id }) => id)).size;
  await waitFor("the newer worker to get them all", () => reviews() === 6);
  await shop.query("DELETE FROM syncline.strategy");
});
