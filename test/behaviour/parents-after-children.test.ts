import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { afterAll, expect, it } from "vitest";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { customer, order } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

/** A CRM that knows no order without its customer. */
async function openCrm() {
  const customers = new Set<string>();
  const orders = new Map<string, string>();
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const [, kind, id = ""] = request.url?.split("/") ?? [];
    const body = JSON.parse(await textOf(request));
    if (kind === "customers") customers.add(id);
    const isKnown = kind === "customers" || customers.has(String(body.customer_id));
    if (!isKnown) refused.push(id);
    else if (kind === "orders") orders.set(id, body.status);
    response.writeHead(isKnown ? 200 : 404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, customers, orders, refused };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

const crmOrders = strategy("crm-orders", {
  category: order,
  query: "SELECT o.id, o.customer_id, o.status FROM orders o WHERE o.id = :orderId",
  ...{ downstream: "crm", path: "/orders/{orderId}", method: "PUT", whenAbsent: "skip" },
  options: { statusKinds: { 404: "dependency" } },
  // Nothing would be tried again by itself in the time of this test.
  retry: { maxAttempts: 1, initialMs: 600_000, maxMs: 600_000 },
});

const crmCustomers = strategy("crm-customers", {
  category: customer,
  query: "SELECT c.id, c.email FROM customers c WHERE c.id = :customerId",
  ...{ downstream: "crm", path: "/customers/{customerId}", method: "PUT", whenAbsent: "skip" },
});

it("orders that reach the CRM before their customers go out once these are there, and hold up nobody", async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const crm = await openCrm();
  crm.customers.add("1");
  const pipeline = await openPipeline(url, undefined, {
    strategies: [crmOrders, crmCustomers],
    downstreams: { crm: http({ baseUrl: crm.url }) },
  });
  const opened = collect(pipeline, "circuitOpened");
  const dead = collect(pipeline, "dead");
  const waits = collect(pipeline, "released");
  const save = (id: number, customerId: number, status: string) =>
    transaction(shop, async (tx) => {
      await tx.query(
        "INSERT INTO orders (id, customer_id, status) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET status = $3",
        [id, customerId, status],
      );
      await pipeline.recorder.record(tx, [order.changed({ orderId: BigInt(id) })]);
    });
  await pipeline.start();

  for (let id = 1; id <= 20; id += 1) await save(id, 2, "NEW");
  await waitFor("all of them to be refused", () => new Set(crm.refused).size === 20);
  await waitFor("all of them to wait", async () => (await pipeline.status()).strategies[0]?.waiting === 20);
  expect((await deliveries(shop)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(
    Array.from({ length: 20 }, () => "pending 0"),
  );

  // The lane goes on for others.
  for (let id = 101; id <= 120; id += 1) await save(id, 1, "NEW");
  await waitFor("the orders of a customer that is there", () => crm.orders.size === 20);
  expect(crm.orders.has("1")).toBe(false);

  // Changed while they wait: the newest state goes out.
  for (let id = 1; id <= 5; id += 1) await save(id, 2, "PAID");
  await transaction(shop, (tx) => pipeline.recorder.record(tx, [customer.changed({ customerId: 2n })]));
  await waitFor("everything", () => isEmpty(shop));
  const expected = (id: number) => (id <= 5 ? "PAID" : "NEW");
  for (let id = 1; id <= 20; id += 1) expect([id, crm.orders.get(String(id))]).toEqual([id, expected(id)]);
  expect(dead).toEqual([]);
  expect(opened).toEqual([]);
  expect(waits.every(({ reason }) => reason === "dependency")).toBe(true);
  await pipeline.stop();
});
