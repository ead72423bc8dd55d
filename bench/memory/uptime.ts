/**
 * Does anything grow with uptime? One worker under steady load, with failing, hanging and slow calls, retries, dead letters,
 * and strategies that come and go; the heap after a collection every so often, and the slope of its second half.
 *   npm run uptime --workspace bench -- --minutes 60
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { category, createPipeline, strategy } from "@syncline/core";
import { ownPostgres } from "@syncline/dev-postgres";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "200" },
    samples: { type: "string", default: "60" },
  },
});
const [minutes, rate, samples] = [Number(values.minutes), Number(values.rate), Number(values.samples)];
const { gc } = globalThis;
if (gc === undefined) throw new Error("Run this with --expose-gc");

const server = await ownPostgres();
const url = await server.createDatabase();
const downstream = createServer((request, response) => {
  request.resume();
  const luck = Math.random();
  if (luck < 0.02) return;
  if (luck < 0.04) request.socket.destroy();
  else response.writeHead(luck < 0.1 ? 503 : luck < 0.15 ? 500 : luck < 0.16 ? 422 : 200).end("{}");
});
await new Promise<void>((resolve) => downstream.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(downstream.address() as AddressInfo).port}`;

const item = category("item", { id: "bigint" });
const query = "SELECT i.id, i.note FROM item i WHERE i.id = :id";
const common = { query, downstream: "sink", path: "/item", timeoutMs: 500, whenAbsent: "delete" } as const;
const pipeline = createPipeline<pg.ClientBase>({
  database: postgres({ connectionString: url }),
  categories: [item],
  strategyTable: true,
  strategies: [
    strategy("single", { ...common, category: item, options: { envelope: true } }),
    strategy("batched", { ...common, category: item, batch: 50, options: { envelope: true } }),
    strategy("strict", { ...common, category: item, coalesce: false, options: { envelope: true } }),
  ],
  downstreams: { sink: http({ baseUrl }) },
  tuning: { breakerOpenMs: 50, breakerMaxOpenMs: 500 },
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
});
await pipeline.migrate();
const shop = new pg.Pool({ connectionString: url, max: 4 });
await shop.query("CREATE TABLE item (id bigint PRIMARY KEY, note text NOT NULL)");
let delivered = 0;
pipeline.on("delivered", ({ items }) => {
  delivered += items.length;
});
await pipeline.start();

const startedAt = performance.now();
const elapsedMs = () => performance.now() - startedAt;
const points: { readonly minute: number; readonly heapMiB: number; readonly rssMiB: number }[] = [];
let recorded = 0;
let turn = 0;
while (elapsedMs() < minutes * 60_000) {
  const due = Math.floor((elapsedMs() / 1_000) * rate);
  // New keys all the time, and old ones again: what is kept per key would show.
  const count = Math.min(100, due - recorded);
  if (count > 0) {
    await shop.query(
      `WITH saved AS (
         INSERT INTO item SELECT CASE WHEN n % 2 = 0 THEN $1 + n ELSE n END, repeat('x', 200) FROM generate_series(1, $2::int) AS n
         ON CONFLICT (id) DO UPDATE SET note = md5(random()::text) RETURNING id)
       SELECT count(syncline.record_change('item', jsonb_build_object('id', id))) FROM saved`,
      [recorded, count],
    );
    recorded += count;
  }
  if (elapsedMs() >= (points.length * minutes * 60_000) / samples) await sample();
  turn += 1;
  if (turn % 200 === 0) await changeStrategies();
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await sample();
const settled = points.slice(Math.floor(points.length / 2));
console.log(`heap after a collection, second half: ${slope(settled).toFixed(3)} MiB a minute; ${delivered} delivered`);
await pipeline.stop();
await shop.end();
downstream.closeAllConnections();
downstream.close();
await server.stop();

async function sample(): Promise<void> {
  // Dead letters are the database's to keep, not the process's.
  for (const name of ["single", "batched"]) await pipeline.deadLetters.discard({ strategy: name });
  gc?.();
  gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const point = { minute: elapsedMs() / 60_000, heapMiB: heapUsed / 2 ** 20, rssMiB: rss / 2 ** 20 };
  points.push(point);
  console.log(
    `${point.minute.toFixed(1)} min: heap ${point.heapMiB.toFixed(2)} MiB, RSS ${point.rssMiB.toFixed(0)} MiB, ${recorded} recorded, ${delivered} delivered`,
  );
}

/** A strategy of the table that is replaced again and again, under few names. */
async function changeStrategies(): Promise<void> {
  const definition = { ...common, category: "item", options: { envelope: true }, concurrency: 1 + (turn % 7) };
  await shop.query(
    `INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition`,
    [`table-${turn % 3}`, JSON.stringify(definition)],
  );
}

/** Least squares, MiB a minute. */
function slope(of: typeof points): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const [x, y] = [mean(of.map(({ minute }) => minute)), mean(of.map(({ heapMiB }) => heapMiB))];
  const over = of.reduce((sum, { minute, heapMiB }) => sum + (minute - x) * (heapMiB - y), 0);
  return over / of.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
}
