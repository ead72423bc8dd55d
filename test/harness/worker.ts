import { adaptiveSchedule, createPipeline } from "@syncline/core";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { categories } from "./shop-model.ts";
import type { FromWorker, WorkerOrder } from "./worker-process.ts";

const { url, baseUrl, tuning, maxBytes } = JSON.parse(process.env.WORKER_ORDER ?? "{}") as WorkerOrder;
const pipeline = createPipeline({
  database: postgres({ connectionString: url, max: 4 }),
  categories,
  strategyTable: true,
  downstreams: { crm: http({ baseUrl, ...(maxBytes === undefined ? {} : { maxBytes }) }) },
  schedule: adaptiveSchedule({ minMs: 5, maxMs: 50 }),
  tuning,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
});

const tell = (message: FromWorker) => process.send?.(message);
pipeline.on("delivered", ({ items }) => tell({ event: "delivered", count: items.length }));
pipeline.on("late", ({ key }) => tell({ event: "late", key }));
process.once("SIGTERM", async () => {
  tell({ event: "stopping" });
  await pipeline.stop();
  tell({ event: "stopped" });
  process.disconnect();
});

await pipeline.start();
tell({ event: "started" });
