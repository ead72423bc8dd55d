/**
 * What a transaction that is held open does to polling: rows that were delivered stay as dead rows which nobody can take
 * away, and each claim and each dispatch steps over them. Buffers that one claim and one dispatch touch, while work goes through,
 * with and without such a transaction.
 *   npm run old-snapshot --workspace bench -- --steps 5 --each 20000
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
  options: { steps: { type: "string", default: "5" }, each: { type: "string", default: "20000" } },
});
const [steps, each] = [Number(values.steps), Number(values.each)];
const server = await ownPostgres();
const sink = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end("{}"));
});
await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
const item = category("item", { id: "bigint" });

for (const held of [false, true]) await churn(held);
sink.closeAllConnections();
sink.close();
await server.stop();

async function churn(held: boolean): Promise<void> {
  const url = await server.createDatabase();
  const pipeline = createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url }),
    categories: [item],
    strategies: [
      strategy("batched", {
        category: item,
        query: "SELECT i.id FROM item i WHERE i.id = :id",
        downstream: "sink",
        path: "/items",
        batch: 500,
        whenAbsent: "skip",
      }),
    ],
    downstreams: { sink: http({ baseUrl }) },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  await pipeline.migrate();
  const shop = new pg.Pool({ connectionString: url, max: 4 });
  await shop.query("CREATE TABLE item (id bigint PRIMARY KEY)");
  await shop.query("INSERT INTO item SELECT generate_series(1, $1::int)", [steps * each]);
  const other = await shop.connect();
  if (held) await other.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  if (held) await other.query("SELECT count(*) FROM item");
  await pipeline.start();
  for (let step = 0; step < steps; step += 1) {
    const startedAt = performance.now();
    await shop.query(
      "SELECT count(syncline.record_change('item', jsonb_build_object('id', id))) FROM item WHERE id > $1 AND id <= $2",
      [step * each, (step + 1) * each],
    );
    await pipeline.drain();
    const seconds = (performance.now() - startedAt) / 1_000;
    const claim = await buffers(
      shop,
      "SELECT id FROM syncline.delivery WHERE strategy = 'batched' AND state = 'pending' AND due_at <= now() ORDER BY due_at, id LIMIT 500",
    );
    const take = await buffers(shop, "SELECT id FROM syncline.change ORDER BY id LIMIT 1000");
    console.log(
      `${held ? "held open" : "free"}: ${(step + 1) * each} delivered, the last ${each} in ${seconds.toFixed(1)} s; ` +
        `a claim touches ${claim} buffers, a dispatch ${take}`,
    );
  }
  await other.query("ROLLBACK");
  other.release();
  await pipeline.stop();
  await shop.end();
}

async function buffers(shop: pg.Pool, statement: string): Promise<number> {
  const { rows } = await shop.query<{ readonly "QUERY PLAN": readonly { readonly Plan: Plan }[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`,
  );
  const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
  return (plan?.["Shared Hit Blocks"] ?? 0) + (plan?.["Shared Read Blocks"] ?? 0);
}

interface Plan {
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
}
