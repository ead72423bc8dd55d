import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { category, createPipeline, type Pipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { type PgTransaction, postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { auditTable, postgresTrail } from "./audit-trail.ts";
import { auditLog } from "./plugin.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url });
const arrived: string[] = [];
const server = createServer((incoming, response) => {
  arrived.push(`${incoming.method} ${incoming.url}`);
  response.statusCode = incoming.url?.endsWith("/3") ? 422 : 200;
  incoming.resume().on("end", () => response.end());
});

const order = category("order", { orderId: "bigint" });
const orders = (downstream: string) =>
  strategy(`${downstream}-orders`, {
    category: order,
    query: "SELECT id FROM orders WHERE id = :orderId",
    downstream,
    path: `/${downstream}/{orderId}`,
    method: "PUT",
    whenAbsent: "delete",
  });

let pipeline: Pipeline<PgTransaction>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await pool.query("CREATE TABLE orders (id bigint PRIMARY KEY)");
  await pool.query("INSERT INTO orders VALUES (1), (3)");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pipeline = createPipeline({
    database: postgres({ connectionString: url }),
    categories: [order],
    strategies: [orders("crm"), orders("erp")],
    downstreams: { crm: http({ baseUrl }), erp: http({ baseUrl }) },
    plugins: [auditLog(postgresTrail(pool))],
    tuning: { breakerOpenMs: 20, breakerMaxOpenMs: 50 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  await pipeline.migrate();
  await pipeline.start();
});

afterAll(async () => {
  await pipeline.stop();
  server.closeAllConnections();
  server.close();
  await pool.end();
});

beforeEach(async () => {
  arrived.length = 0;
  await pool.query("DROP TABLE IF EXISTS audit_log");
});

async function record(orderId: bigint): Promise<void> {
  await pool.query("SELECT syncline.record_change('order', jsonb_build_object('orderId', $1::text))", [orderId]);
}

async function audit(): Promise<readonly string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `SELECT concat_ws(' ', strategy, operation, key ->> 'orderId', coalesce(outcome, 'unknown')) AS line
       FROM audit_log ORDER BY line`,
  );
  return rows.map(({ line }) => line);
}

test("every call of every downstream is in the audit log, with what became of it", async () => {
  await pool.query(auditTable);
  for (const orderId of [1n, 2n, 3n]) await record(orderId);
  await pipeline.drain();
  const expected = ["delete 2 accepted", "upsert 1 accepted", "upsert 3 http.422"];
  expect(await audit()).toEqual(
    ["crm-orders", "erp-orders"].flatMap((name) => expected.map((line) => `${name} ${line}`)),
  );
  expect(arrived).toHaveLength(6);
});

test("what cannot be audited is not sent, and goes out when it can be, at no cost to the item", async () => {
  const closed: string[] = [];
  const charged: string[] = [];
  pipeline.on("circuitOpened", ({ strategy: name, failure }) => closed.push(`${name} ${failure.code}`));
  pipeline.on("retried", ({ strategy: name }) => charged.push(name));
  await record(1n);
  await expect.poll(() => closed, { timeout: 30_000 }).toContain("crm-orders audit.unavailable");
  expect(arrived).toEqual([]);
  await pool.query(auditTable);
  await expect.poll(() => [...arrived].sort(), { timeout: 30_000 }).toEqual(["PUT /crm/1", "PUT /erp/1"]);
  await pipeline.drain({ retries: true });
  expect(await audit()).toEqual(["crm-orders upsert 1 accepted", "erp-orders upsert 1 accepted"]);
  expect(charged).toEqual([]);
});

test("a preview still shows the request", async () => {
  const preview = await pipeline.preview("crm-orders", { orderId: 1n });
  expect(JSON.stringify(preview)).toContain("/crm/1");
});
