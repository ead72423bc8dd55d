import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, ordersTo } from "../harness/shop-model.ts";
import { deliveries } from "../harness/tables.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WorkerProcess } from "../harness/worker-process.ts";

const mib = 1024 * 1024;
const lanes = 6;
const orders = 30;
/** All that is due at once is 6 × 30 × 4 MiB, and the heap may take 300 MiB. */
const rowMiB = 4;
const heapMiB = 300;

/** An order's content is as wide as its status says, in MiB. */
const query = `SELECT o.id, repeat('x', o.status::int * ${mib}) AS content FROM orders o WHERE o.id = :orderId`;

/** Counts what it is sent, without keeping it; holds calls open until it is let go. */
async function openSink() {
  const sizes: number[] = [];
  let held: ServerResponse[] | undefined = [];
  const server = createServer((request, response) => {
    let size = 0;
    request.on("data", ({ length }: Buffer) => {
      size += length;
    });
    request.on("end", () => {
      sizes.push(size);
      if (held === undefined) response.end("{}");
      else held.push(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const letGo = () => {
    for (const response of held ?? []) response.end("{}");
    held = undefined;
  };
  return { sizes, letGo, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

// More than a gigabyte goes through the worker.
const patienceMs = 150_000;

it("a worker's heap stays small while rows are wide and every lane's downstream hangs, and all of it arrives", {
  timeout: 2 * patienceMs,
}, async () => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const sink = await openSink();
  await openPipeline(url, undefined, {});
  for (let lane = 0; lane < lanes; lane += 1) {
    const definition = ordersTo(`wide-${lane}`, { query, concurrency: 2, timeoutMs: 60_000, whenAbsent: "skip" });
    await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [...asRow(definition)]);
  }
  await shop.query(
    `INSERT INTO orders (id, customer_id, status) SELECT n, 1, CASE n WHEN 1 THEN '50' WHEN 2 THEN '70' ELSE '${rowMiB}' END
       FROM generate_series(1, ${orders}) AS n`,
  );
  await shop.query(`SELECT syncline.record_change('order', jsonb_build_object('orderId', id)) FROM orders`);
  const tuning = { leaseMs: 90_000, bufferBytes: 48 * mib };
  const worker = await WorkerProcess.start({ url, baseUrl: sink.url, tuning, maxBytes: 100 * mib, heapMiB });
  onTestFinished(() => worker.kill());
  const haveSent = "every lane to have sent what it may while nothing is answered";
  await waitFor(haveSent, () => sink.sizes.length >= lanes, patienceMs);
  sink.letGo();
  const isDone = async () => {
    expect(worker.isAlive, "the worker ran out of memory").toBe(true);
    const left = await deliveries(shop);
    return left.length === lanes && left.every(({ state }) => state === "dead");
  };
  await waitFor("all but what is too large", isDone, patienceMs);
  expect(await deliveries(shop)).toMatchObject(
    Array.from({ length: lanes }, (_, lane) => ({
      strategy: `wide-${lane}`,
      key: '{"orderId":"2"}',
      state: "dead",
      failureCode: "item.too-large",
    })),
  );
  expect(sink.sizes.filter((size) => size > 50 * mib)).toHaveLength(lanes);
  expect(sink.sizes).toHaveLength(lanes * (orders - 1));
});
