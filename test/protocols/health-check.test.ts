import { fileURLToPath } from "node:url";
import { strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { grpc } from "@syncline/grpc";
import { afterAll, expect, it } from "vitest";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { HealthServer } from "./health-server.ts";

it("asks the health service whether an outage is over, before an order is risked on it", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const server = await HealthServer.start();
  afterAll(() => server.stop());
  const proto = fileURLToPath(new URL("shop.proto", import.meta.url));
  const pipeline = await openPipeline(url, undefined, {
    downstreams: { crm: grpc({ address: server.address, plaintext: true, schema: { proto } }) },
    strategies: [
      strategy("stock", {
        category: order,
        query: "SELECT id, status FROM orders WHERE id = :orderId",
        downstream: "crm",
        path: "shop.v1.Orders/Put",
        whenAbsent: "skip",
      }),
    ],
    tuning: { breakerFailures: 1 },
  });
  server.isServing = false;
  await saveOrders(shop, pipeline, 1, 5);
  await pipeline.start();
  const countOf = (what: string) => server.seen.filter((seen) => seen === what).length;
  await waitFor("several questions", () => countOf("check: not serving") >= 4);
  // Only calls that were under way when the lane closed: none after the first question.
  const asked = server.seen.indexOf("check: not serving");
  expect(server.seen.slice(asked).filter((seen) => seen.startsWith("put"))).toEqual([]);
  expect(await deliveries(shop)).toHaveLength(5);
  server.isServing = true;
  await waitFor("all orders", () => isEmpty(shop));
  const answered = server.seen.indexOf("check: serving");
  expect(server.seen.slice(asked, answered).filter((seen) => seen.startsWith("put"))).toEqual([]);
  expect(countOf("put: taken")).toBe(5);
  await pipeline.stop();
});
