import { adaptiveSchedule, createPipeline } from "@syncline/core";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { sentNow } from "../faulty-downstream.ts";
import { historyTuning } from "../history-tuning.ts";
import { categories, strategies } from "../shop.ts";
import { watchStalls } from "../stalls.ts";
import type { ClockOrder, FromWorker, WorkerOrder } from "./worker-order.ts";
import { setClockWrong } from "./wrong-clock.ts";

const order = JSON.parse(process.env.WORKER_ORDER ?? "{}") as WorkerOrder;
// Whoever started it may have let go of it already, or be about to.
const tell = (message: FromWorker) => process.connected && process.send?.(message, () => {});
const pipeline = createPipeline({
  // Limits far below the defaults: what a proxy has swallowed must be given up within a test.
  database: postgres({
    connectionString: order.url,
    max: order.connections,
    statementTimeoutMs: 3_000,
    connectionTimeoutMillis: 2_000,
  }),
  categories,
  strategies,
  downstreams: { shop: http({ baseUrl: order.downstreamUrl }) },
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  trace: sentNow,
  schedule: adaptiveSchedule({ minMs: 5, maxMs: 30 }),
  tuning: {
    ...historyTuning,
    leaseMs: order.leaseMs,
    databaseRetryMs: 20,
  },
});

watchStalls((stall) => tell({ event: "stalled", ...stall }));
pipeline.on("late", ({ strategy, key }) => tell({ event: "late", strategy, key }));
pipeline.on("error", ({ during, error }) => tell({ event: "error", during, message: String(error) }));
process.on("message", ({ clockOffsetMs }: ClockOrder) => {
  setClockWrong(clockOffsetMs);
  tell({ event: "clock", now: Date.now() });
});
process.once("SIGTERM", async () => {
  await pipeline.stop({ timeoutMs: 3_000 });
  tell({ event: "stopped" });
  process.disconnect();
});
// Whoever started it is gone: so is the test.
process.once("disconnect", () => setTimeout(() => process.exit(), 10_000).unref());

await pipeline.start();
tell({ event: "started" });
