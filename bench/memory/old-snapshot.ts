/**
 * What a transaction that is held open does to polling: rows that were delivered stay as dead rows which nobody can take
 * away. The time that the same work takes with and without such a transaction, and the index entries that are stepped over for it.
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
  shop.on("error", () => {});
  const other = await shop.connect();
  if (held) await other.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  if (held) await other.query("SELECT count(*) FROM item");
  await pipeline.start();
  let before: { readonly [index: string]: number } = {};
  for (let step = 0; step < steps; step += 1) {
    // Paused, so that nothing is leased when it is dispatched: all of it has to be claimed.
    await pipeline.pause("batched");
    await shop.query(
      "SELECT count(syncline.record_change('item', jsonb_build_object('id', id))) FROM item WHERE id > $1 AND id <= $2",
      [step * each, (step + 1) * each],
    );
    while ((await pipeline.status()).changes > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = performance.now();
    await pipeline.resume("batched");
    await pipeline.drain();
    const seconds = (performance.now() - startedAt) / 1_000;
    const read = await entriesRead(shop);
    const each1 = (name: string) => (((read[name] ?? 0) - (before[name] ?? 0)) / each).toFixed(1);
    console.log(
      `${held ? "held open" : "free"}: ${(step + 1) * each} delivered, the last ${each} in ${seconds.toFixed(1)} s; index entries ` +
        `read for each: ${each1("delivery_due")} of due deliveries, ${each1("change_pkey")} of changes`,
    );
    before = read;
  }
  await other.query("ROLLBACK");
  other.release();
  await pipeline.stop();
  await shop.end();
}

/** Entries that scans have stepped over, dead ones included. */
async function entriesRead(shop: pg.Pool): Promise<{ readonly [index: string]: number }> {
  // A backend tells of what it did when it has been idle for a moment.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { rows } = await shop.query<{ readonly name: string; readonly entries: string }>(
    "SELECT indexrelname AS name, idx_tup_read AS entries FROM pg_stat_user_indexes WHERE schemaname = 'syncline'",
  );
  return Object.fromEntries(rows.map(({ name, entries }) => [name, Number(entries)]));
}
