/**
 * What a worker takes in memory, however much is pending: a process of its own with a small heap drains a backlog of a million
 * changes, and the highest RSS is read from /proc while it does.
 *   npm run backlog --workspace bench -- --changes 1000000 --heap 96
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { category, createPipeline, strategy } from "@syncline/core";
import { ownPostgres } from "@syncline/dev-postgres";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";

const item = category("item", { id: "bigint" });

function open(url: string, baseUrl: string) {
  return createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url }),
    categories: [item],
    strategies: [
      strategy("batched", {
        category: item,
        query: "SELECT i.id, i.note FROM item i WHERE i.id = :id",
        downstream: "sink",
        path: "/items",
        batch: 500,
        whenAbsent: "skip",
      }),
    ],
    downstreams: { sink: http({ baseUrl }) },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}

const { WORKER_URL: workerUrl, WORKER_SINK: workerSink = "" } = process.env;
if (workerUrl !== undefined) {
  const pipeline = open(workerUrl, workerSink);
  await pipeline.start();
  process.once("message", async () => {
    await pipeline.stop();
    process.disconnect();
  });
} else {
  await measure();
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: { changes: { type: "string", default: "1000000" }, heap: { type: "string", default: "96" } },
  });
  const [changes, heapMiB] = [Number(values.changes), Number(values.heap)];
  const server = await ownPostgres();
  const url = await server.createDatabase();
  let arrived = 0;
  const sink = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    arrived += (JSON.parse(Buffer.concat(chunks).toString("utf8")) as readonly unknown[]).length;
    response.end("{}");
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const operator = open(url, baseUrl);
  await operator.migrate();
  const shop = new pg.Pool({ connectionString: url, max: 2 });
  await shop.query("CREATE TABLE item (id bigint PRIMARY KEY, note text NOT NULL)");
  await shop.query("INSERT INTO item SELECT n, repeat('x', 200) FROM generate_series(1, $1::int) AS n", [changes]);
  await shop.query("SELECT count(syncline.record_change('item', jsonb_build_object('id', id))) FROM item");
  console.log(`${changes} changes are recorded; a worker with a heap of ${heapMiB} MiB starts`);
  const startedAt = performance.now();
  const worker = fork(fileURLToPath(import.meta.url), [], {
    env: { ...process.env, WORKER_URL: url, WORKER_SINK: baseUrl },
    execArgv: [...process.execArgv, `--max-old-space-size=${heapMiB}`],
  });
  let highest = 0;
  while (arrived < changes && worker.exitCode === null && worker.signalCode === null) {
    const status = readFileSync(`/proc/${worker.pid}/status`, "utf8");
    highest = Math.max(highest, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${arrived} of ${changes} arrived in ${seconds.toFixed(0)} s; the worker's highest RSS: ${highest.toFixed(0)} MiB`,
  );
  const ended = once(worker, "exit");
  worker.send("stop");
  await ended;
  await operator.stop();
  await shop.end();
  sink.closeAllConnections();
  sink.close();
  await server.stop();
  process.exitCode = arrived >= changes ? 0 : 1;
}
