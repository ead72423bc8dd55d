import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { describe, expect, it } from "vitest";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order, ordersQuery } from "../harness/shop-model.ts";
import { transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { listeningServer } from "./listening-server.ts";
import { readingLogin } from "./reading-login.ts";

/** Whoever may edit strategies writes as many as he likes that read for as long as they may. */
const asleep = "SELECT o.id, pg_sleep(600)::text AS v FROM orders o WHERE o.id = :orderId";
const cut = `SELECT o.id, repeat('x', 3000000) AS v FROM orders o WHERE o.id = :orderId
             UNION ALL SELECT o.id, pg_sleep(600)::text FROM orders o WHERE o.id = :orderId`;
const lifted = `SELECT o.id, CASE WHEN o.id % 2 = 0 THEN set_config('statement_timeout', '0', true) ELSE pg_sleep(600)::text END AS v
                FROM orders o WHERE o.id = :orderId`;

async function stage(max: number) {
  const url = await testDatabase();
  const shop = await openShop(url);
  const partner = await listeningServer();
  const login = await readingLogin(shop, url);
  const pipeline = await openPipeline(url, undefined, {
    database: postgres({ connectionString: url, max, query: { connectionString: login } }),
    strategyTable: true,
    downstreams: { crm: http({ baseUrl: `${partner.url}/api` }) },
    tuning: { maxItemBytes: 1_048_576, bufferBytes: 2_097_152 },
  });
  const dead = collect(pipeline, "dead");
  const retried = collect(pipeline, "retried");
  await pipeline.start();
  const put = (name: string, more: object) => {
    const definition = {
      category: "order",
      downstream: "crm",
      query: ordersQuery,
      path: "/sound/{id}",
      method: "PUT",
      whenAbsent: "skip",
      queryTimeoutMs: 60_000,
    };
    const text = JSON.stringify({ ...definition, ...more });
    return shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [name, text]);
  };
  let orderId = 0;
  const change = async (count = 1) => {
    await transaction(shop, async (tx) => {
      for (let n = 0; n < count; n += 1) {
        orderId += 1;
        await tx.query("INSERT INTO orders (id, customer_id, note) VALUES ($1, 1, 'n')", [orderId]);
        await pipeline.recorder.record(tx, [order.changed({ orderId })]);
      }
    });
    return orderId;
  };
  const isSound = (id: number) => partner.heard.some(({ target }) => target === `/api/sound/${id}`);
  /** The reading login's processes: [all, those that sleep]. */
  const processes = async (): Promise<readonly [number, number]> => {
    const { rows } = await shop.query<{ readonly all: number; readonly asleep: number }>(
      `SELECT count(*)::int AS all, count(*) FILTER (WHERE wait_event = 'PgSleep')::int AS asleep
         FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()`,
      [new URL(login).username],
    );
    return [rows[0]?.all ?? 0, rows[0]?.asleep ?? 0];
  };
  const remove = () => shop.query("DELETE FROM syncline.strategy");
  return { put, remove, change, isSound, processes, dead, retried };
}

describe.each([
  [4, 4],
  [4, 20],
  [2, 4],
  [2, 20],
])("with %i connections for reads and %i strategies that sleep", async (max, sleepers) => {
  const { put, change, isSound, processes, dead, retried } = await stage(max);

  it("a sound one goes on delivering while they sleep, and nobody is charged", async () => {
    await put("sound", {});
    for (let n = 0; n < sleepers; n += 1) await put(`asleep-${n}`, { query: asleep });
    const first = await change();
    await waitFor("the sound strategy to deliver", () => isSound(first));
    for (let round = 0; round < 5; round += 1) {
      await waitFor("the others to sleep", async () => (await processes())[1] > 0);
      const id = await change();
      await waitFor("the sound strategy to deliver", () => isSound(id));
      expect((await processes())[1]).toBeGreaterThan(0);
    }
    // One more for cancels.
    expect((await processes())[0]).toBeLessThanOrEqual(max + 1);
    expect([dead, retried]).toEqual([[], []]);
  });
});

describe("strategies whose reads are cut off, or that lift their limits,", async () => {
  const { put, remove, change, isSound, processes } = await stage(4);

  it("leave no more processes at the server than there are connections, and none that goes on", async () => {
    await put("sound", {});
    for (let n = 0; n < 4; n += 1) {
      await put(`cut-${n}`, { query: cut, rows: "many", compose: "each", path: "/cut", method: "POST" });
      await put(`lifted-${n}`, { query: lifted, compose: "each", path: "/lifted", queryTimeoutMs: 300 });
    }
    for (let round = 0; round < 6; round += 1) {
      const last = await change(9);
      await waitFor("the sound strategy to deliver", () => isSound(last));
      expect((await processes())[0]).toBeLessThanOrEqual(5);
    }
    await remove();
    await waitFor("nothing to go on", async () => (await processes())[1] === 0);
  });
});
