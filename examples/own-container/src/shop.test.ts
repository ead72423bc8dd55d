import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import type { Container } from "inversify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BacklogReport } from "./backlog-report.ts";
import { Orders } from "./orders.ts";
import { createShop, startShop, stopShop } from "./shop.ts";
import { SHOP } from "./tokens.ts";

const url = await testDatabase();
const arrived: string[] = [];
const crm = createServer((incoming, response) => {
  let body = "";
  incoming.setEncoding("utf8").on("data", (text: string) => {
    body += text;
  });
  incoming.on("end", () => {
    arrived.push(`${incoming.method} ${incoming.url} ${body}`);
    response.end();
  });
});
let shop: Container;

beforeAll(async () => {
  await new Promise<void>((resolve) => crm.listen(0, "127.0.0.1", resolve));
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  shop = createShop({ databaseUrl: url, crm: `http://127.0.0.1:${(crm.address() as AddressInfo).port}`, log });
  await shop.get(SHOP.Pool).query("CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL)");
  await startShop(shop);
});

afterAll(async () => {
  crm.closeAllConnections();
  crm.close();
});

test("services of the application record, and the downstream hears of what was committed", async () => {
  const orders = shop.get(Orders);
  await orders.place(1n);
  await shop.get(SHOP.Pipeline).drain();
  expect(arrived).toEqual([`PUT /orders/1 {"id":"1","status":"NEW"}`]);
  await orders.pay(1n);
  await shop.get(SHOP.Pipeline).drain();
  expect(arrived.slice(1)).toEqual([`PUT /orders/1 {"id":"1","status":"PAID"}`]);
  expect(await shop.get(BacklogReport).isEmpty()).toBe(true);
});

test("what a service rolls back was never recorded", async () => {
  arrived.length = 0;
  await expect(shop.get(Orders).pay(1n)).rejects.toThrow("cannot be paid");
  expect((await shop.get(SHOP.Pipeline).status()).changes).toBe(0);
  await shop.get(SHOP.Pipeline).drain();
  expect(arrived).toEqual([]);
});

test("there is one pipeline, and the recorder is its own: it refuses what is not in the dictionary", async () => {
  expect(shop.get(SHOP.ChangeRecorder)).toBe(shop.get(SHOP.Pipeline).recorder);
  const foreign = { category: "odrer", condition: {}, key: "{}", operation: "upsert" } as const;
  await expect(shop.get(SHOP.ChangeRecorder).record({ query: async () => {} }, [foreign])).rejects.toMatchObject({
    code: "change.invalid",
  });
});

test("stopping it leaves nothing open, and the pool was the application's to end", async () => {
  const pool = shop.get(SHOP.Pool);
  await stopShop(shop);
  expect([pool.ended, pool.totalCount]).toEqual([true, 0]);
  await expect(shop.get(BacklogReport).isEmpty()).rejects.toMatchObject({ code: "pipeline.state" });
});
