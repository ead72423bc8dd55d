import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createPipeline, healthListener } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { ownPostgres } from "@syncline/dev-postgres";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { afterAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openShop } from "../harness/shop.ts";
import { categories, ordersTo } from "../harness/shop-model.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const retryMs = 40;
const healthToken = "who-may-see-what-is-not-well";

/** Takes the database's port and hangs up on whoever comes. */
async function hangUpOn(port: number): Promise<{ readonly at: number[]; readonly server: Server }> {
  const at: number[] = [];
  const server = createServer((socket) => {
    at.push(performance.now());
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { at, server };
}

it("waits for a database that is away at the start, or goes away, and says so: no restart, no busy loop, one line a change", async () => {
  const server = await ownPostgres();
  afterAll(() => server.stop());
  const url = await server.createDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  const lines: string[] = [];
  const note = (level: string) => (_: object, message: string) => lines.push(`${level}: ${message}`);
  const log: Logger = { debug: () => {}, info: note("info"), warn: note("warn"), error: note("error") };
  const open = () =>
    createPipeline({
      database: postgres({ connectionString: url, max: 2 }),
      categories,
      strategies: [ordersTo("crm-orders")],
      downstreams: { crm: http({ baseUrl: downstream.url }) },
      tuning: { databaseRetryMs: retryMs, leaseMs: 3_000 },
      log,
    });
  const recording = open();
  await recording.migrate();
  await saveOrders(shop, recording, 1, 5);
  await recording.stop();
  await shop.end();
  await server.stop({ mode: "fast", keepData: true });
  const port = Number(new URL(url).port);
  const stranger = await hangUpOn(port);

  const pipeline = open();
  afterAll(() => pipeline.stop({ timeoutMs: 0 }));
  const pages = createHttpServer(healthListener(pipeline, { token: healthToken }));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  afterAll(() => pages.close());
  const page = async (path: string) => {
    const headers = { authorization: `Bearer ${healthToken}` };
    const response = await fetch(`http://127.0.0.1:${(pages.address() as AddressInfo).port}${path}`, { headers });
    return { status: response.status, ...((await response.json()) as { problems: { part: string; code: string }[] }) };
  };
  await pipeline.start();
  await waitFor("the worker to have tried several times", () => stranger.at.length >= 6);
  expect(await page("/livez")).toMatchObject({ status: 200 });
  expect(await page("/readyz")).toMatchObject({
    status: 503,
    ready: false,
    problems: [{ part: "database", code: "database.unavailable" }],
  });
  // Each pause is twice as long as the one before: six tries take at least this long, whatever the machine does.
  const [first = 0] = stranger.at;
  expect((stranger.at.at(-1) ?? 0) - first).toBeGreaterThan(retryMs * (1 + 2 + 4));
  expect(lines.filter((line) => line.includes("cannot be polled"))).toHaveLength(1);

  await new Promise((resolve) => stranger.server.close(resolve));
  await server.start();
  await waitFor("what was recorded before", () => downstream.books.state("crm-orders").size === 5);
  await waitFor("it to say so", async () => (await page("/readyz")).status === 200);
  expect(await page("/readyz")).toMatchObject({ status: 200, ready: true, problems: [] });
  expect(lines.filter((line) => line.includes("can be polled again"))).toHaveLength(1);

  // And in mid-run.
  await server.stop({ mode: "immediate", keepData: true });
  await waitFor("the worker to notice", async () => (await page("/readyz")).status === 503);
  await server.start();
  const later = await openShopAgain(url);
  await saveOrder(later, pipeline, 6);
  await waitFor("what was recorded after", () => downstream.books.state("crm-orders").size === 6);
  await waitFor("it to say so again", async () => (await page("/readyz")).status === 200);
  expect(lines.filter((line) => line.includes("cannot be polled"))).toHaveLength(2);
  await pipeline.stop();
  expect((await page("/livez")).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/else`)).status).toBe(404);
});

async function openShopAgain(url: string) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", () => {});
  afterAll(() => pool.end());
  return pool;
}
