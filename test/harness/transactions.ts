import type { Pipeline } from "@syncline/core";
import type { Change } from "@syncline/core/spi";
import type pg from "pg";
import { order } from "./shop-model.ts";

export type Recorder = Pick<Pipeline<pg.ClientBase>, "recorder">;

/** A business transaction on a connection of its own: committed, unless `work` throws. */
export async function transaction<Result>(
  pool: pg.Pool,
  work: (tx: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const tx = await pool.connect();
  try {
    await tx.query("BEGIN");
    const result = await work(tx);
    await tx.query("COMMIT");
    return result;
  } catch (error) {
    await tx.query("ROLLBACK");
    throw error;
  } finally {
    tx.release();
  }
}

/** Inserts or updates an order, and records it in the same transaction. */
export async function saveOrder(
  pool: pg.Pool,
  pipeline: Recorder,
  orderId: number,
  values: { readonly note?: string; readonly status?: string } = {},
): Promise<void> {
  await transaction(pool, (tx) => saveOrderOn(tx, pipeline, orderId, values));
}

export async function saveOrderOn(
  tx: pg.ClientBase,
  pipeline: Recorder,
  orderId: number,
  { note = "", status = "PAID" }: { readonly note?: string; readonly status?: string } = {},
): Promise<void> {
  await tx.query(
    `INSERT INTO orders (id, customer_id, note, status) VALUES ($1, 1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET note = EXCLUDED.note, status = EXCLUDED.status`,
    [orderId, note, status],
  );
  await pipeline.recorder.record(tx, [order.changed({ orderId })]);
}

export async function deleteOrder(pool: pg.Pool, pipeline: Recorder, orderId: number): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query("DELETE FROM orders WHERE id = $1", [orderId]);
    await pipeline.recorder.record(tx, [order.deleted({ orderId })]);
  });
}

/** Orders `from` to `to` at once, and their changes in the same transaction. */
export async function saveOrders(pool: pg.Pool, pipeline: Recorder, from: number, to: number): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query(
      "INSERT INTO orders (id, customer_id) SELECT n, 1 + n % 20 FROM generate_series($1::int, $2::int) AS n",
      [from, to],
    );
    const changes: Change[] = [];
    for (let orderId = from; orderId <= to; orderId += 1) changes.push(order.changed({ orderId }));
    await pipeline.recorder.record(tx, changes);
  });
}
