import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { category, createPipeline, strategy, TOKENS } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, test, vi } from "vitest";
import { businessHoursPlugin } from "./plugin.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url });
const arrived: string[] = [];
const crm = createServer((incoming, response) => {
  arrived.push(`${incoming.method} ${incoming.url}`);
  incoming.resume().on("end", () => response.end());
});
await new Promise<void>((resolve) => crm.listen(0, "127.0.0.1", resolve));
afterAll(async () => {
  crm.closeAllConnections();
  crm.close();
  await pool.end();
});

const order = category("order", { orderId: "bigint" });

function openPipeline(opens: string, closes: string) {
  return createPipeline({
    database: postgres({ connectionString: url }),
    categories: [order],
    strategies: [
      strategy("crm-orders", {
        category: order,
        query: "SELECT :orderId AS id",
        downstream: "crm",
        path: "/orders/{orderId}",
        method: "PUT",
        whenAbsent: "skip",
      }),
    ],
    downstreams: { crm: http({ baseUrl: `http://127.0.0.1:${(crm.address() as AddressInfo).port}` }) },
    plugins: [businessHoursPlugin({ opens, closes, timezone: "UTC" })],
  });
}

async function record(pipeline: ReturnType<typeof openPipeline>, orderId: bigint): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await pipeline.recorder.record(client, [order.changed({ orderId })]);
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

// Open for one minute half a year from now, so closed; and the other way round.
const halfYearAway = new Date(Date.now() + 182 * 86_400_000);
const then = (minute: number) => `${minute} 0 1 ${halfYearAway.getUTCMonth() + 1} *`;

test("while the doors are closed a change waits, until somebody asks for a drain", async () => {
  await using pipeline = openPipeline(then(0), then(1));
  await pipeline.migrate();
  const asked = vi.spyOn(pipeline.container.get(TOKENS.PollSchedule), "next");
  await pipeline.start();
  // A worker looks once when it starts; then its schedule is asked.
  await expect.poll(() => asked.mock.results.length, { timeout: 30_000 }).toBe(1);
  expect(asked.mock.results[0]?.value).toBeGreaterThan(150 * 86_400_000);
  await record(pipeline, 1n);
  expect((await pipeline.status()).changes).toBe(1);
  expect(arrived).toEqual([]);
  await pipeline.drain();
  expect(arrived).toEqual(["PUT /orders/1"]);
});

test("while they are open it goes out by itself", async () => {
  await using pipeline = openPipeline(then(1), then(0));
  await pipeline.migrate();
  await pipeline.start();
  await record(pipeline, 2n);
  await expect.poll(() => arrived, { timeout: 30_000 }).toContain("PUT /orders/2");
});
