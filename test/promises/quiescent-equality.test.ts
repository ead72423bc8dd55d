import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order, ordersQuery, ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const keys = 60;
const writers = 6;
const transactionsEach = 80;

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const paidOnly = `${ordersQuery} AND o.status = 'PAID'`;
const strategies = [
  ordersTo("all"),
  ordersTo("paid", { query: paidOnly }),
  ordersTo("batches", { batch: 7, query: paidOnly }),
  ordersTo("each", { compose: "each" }),
  ordersTo("every-change", { coalesce: false }),
  ordersTo("quiet", { debounce: { quietMs: 30, maxMs: 200 } }),
];

/** Small and seeded, so that a failure can be had again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it("leaves every downstream with exactly what the queries yield, after a random workload and random failures", async () => {
  const random = randomNumbers(20_261_123);
  downstream.behave = () => {
    const fate = random(20);
    if (fate === 0) return { status: 500 };
    if (fate === 1) return { status: 200, drop: true };
    if (fate === 2) return { status: 503 };
    if (fate === 3) return { status: 429, headers: { "retry-after": "0" } };
    return { status: 200 };
  };
  const workers = [
    await startPipeline(url, downstream, { strategies }),
    await startPipeline(url, downstream, { strategies }),
  ];
  const [pipeline] = workers;
  if (pipeline === undefined) throw new Error("There is no worker.");

  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const own = randomNumbers(writer + 1);
      for (let turn = 0; turn < transactionsEach; turn += 1) {
        await change(own, `${writer}.${turn}`).catch((error: unknown) => {
          // The writers' own deadlocks and the roll-backs that are part of the workload.
          if (!/deadlock|on purpose/.test(String(error))) throw error;
        });
      }
    }),
  );

  async function change(own: (below: number) => number, note: string): Promise<void> {
    await transaction(shop, async (tx) => {
      for (let step = own(3); step >= 0; step -= 1) {
        // Half of all changes go to three hot keys.
        const orderId = 1 + (own(2) === 0 ? own(3) : own(keys));
        if (own(5) === 0) {
          await tx.query("DELETE FROM orders WHERE id = $1", [orderId]);
          await pipeline?.recorder.record(tx, [order.deleted({ orderId })]);
        } else {
          await tx.query(
            `INSERT INTO orders (id, customer_id, note, status, total) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET customer_id = EXCLUDED.customer_id, note = EXCLUDED.note,
                                            status = EXCLUDED.status, total = EXCLUDED.total`,
            [orderId, 1 + own(20), note, own(3) === 0 ? "OPEN" : "PAID", own(10_000) / 100],
          );
          await pipeline?.recorder.record(tx, [order.changed({ orderId })]);
        }
      }
      if (own(10) === 0) throw new Error("rolled back on purpose");
    });
  }

  await waitFor("all to be quiet", () => isEmpty(shop));
  for (const { name, query } of strategies) {
    expect([name, downstream.books.state(name)]).toEqual([name, await source(query)]);
  }
  expect(downstream.books.state("all").size).toBeGreaterThan(0);
  expect(downstream.books.state("paid").size).toBeLessThan(downstream.books.state("all").size);
});

/** What a strategy's query yields now, as the documents that should have been sent. */
async function source(query: string): Promise<Map<string, unknown>> {
  const { rows } = await shop.query<{ readonly [column: string]: unknown }>(
    `SELECT q.* FROM orders AS every CROSS JOIN LATERAL (${query.replace(":orderId", "every.id")}) AS q`,
  );
  const entries = rows.map(({ "customer.email": email, ...row }): [string, unknown] => [
    JSON.stringify({ orderId: row.id }),
    { ...row, customer: { email } },
  ]);
  return new Map(entries.sort());
}
