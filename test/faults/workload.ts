import type pg from "pg";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import { pauseFor } from "./pause-for.ts";
import { order } from "./shop.ts";

export type Record = (tx: pg.ClientBase, changes: readonly ReturnType<typeof order.changed>[]) => Promise<void>;

const keys = 12;

export interface Load {
  readonly transactions: number;
  /** The longest pause before each. */
  readonly pauseMs: number;
}

/** One client: seeded transactions, one after another, each on the pool's next connection. */
export async function runClient(pool: pg.Pool, random: Random, name: string, load: Load, record: Record) {
  for (let number = 1; number <= load.transactions; number += 1) {
    if (load.pauseMs > 0) await pauseFor(random.integer(0, load.pauseMs));
    const tx = await connectionOf(pool);
    let lost = false;
    try {
      await tx.query("BEGIN");
      const rollsBack = random.chance(0.2);
      await work({ tx, random, record, rollsBack, stamp: `${name}-${number}` });
      // Some stay open while others draw higher ids and commit them.
      if (random.chance(0.1)) await tx.query("SELECT pg_sleep(0.03)");
      await tx.query(rollsBack ? "ROLLBACK" : "COMMIT");
    } catch {
      // A deadlock, a duplicate key, a server that went away: it is rolled back, and so is all it recorded.
      await tx.query("ROLLBACK").catch(() => {
        lost = true;
      });
    } finally {
      tx.release(lost);
    }
  }
}

/** An application waits for its database too. */
async function connectionOf(pool: pg.Pool): Promise<pg.PoolClient> {
  const giveUpAt = performance.now() + 60_000;
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await pauseFor(50);
    }
  }
}

interface Client {
  readonly tx: pg.PoolClient;
  readonly random: Random;
  readonly record: Record;
  /** How its transaction ends. */
  readonly rollsBack: boolean;
  readonly stamp: string;
}

async function work(client: Client): Promise<void> {
  const { tx, random } = client;
  // A key that only transactions have which roll back: whatever is sent of it was never committed.
  if (client.rollsBack) await changed(client, [keys + 1]);
  const steps = random.integer(1, 3);
  for (let step = 1; step <= steps; step += 1) {
    const undone = random.chance(0.15);
    await tx.query("SAVEPOINT step");
    await one({ ...client, stamp: `${client.stamp}-${step}` });
    if (undone) await tx.query("ROLLBACK TO SAVEPOINT step");
    await tx.query("RELEASE SAVEPOINT step");
  }
}

async function one(client: Client): Promise<void> {
  const { tx, random, stamp } = client;
  const id = random.chance(0.3) ? 1 : random.integer(1, keys);
  const act = random.pick(["save", "save", "save", "lines", "delete", "rename", "customer"] as const);
  if (act === "save") {
    const buyer = random.integer(1, 5);
    // Else an order could be joined to a customer's older row, by a change that did not see the order.
    await tx.query("SELECT 1 FROM customers WHERE id = $1 FOR SHARE", [buyer]);
    await tx.query(
      `INSERT INTO orders VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE
         SET customer_id = EXCLUDED.customer_id, status = EXCLUDED.status, stamp = EXCLUDED.stamp`,
      [id, buyer, random.pick(["PAID", "OPEN"]), stamp],
    );
    await changed(client, [id]);
  } else if (act === "lines") {
    await tx.query("DELETE FROM order_lines WHERE order_id = $1", [id]);
    await tx.query("INSERT INTO order_lines SELECT $1, n, $2 FROM generate_series(1, $3::int) AS n", [
      id,
      stamp,
      random.integer(0, 3),
    ]);
    await changed(client, [id]);
  } else if (act === "delete") {
    await tx.query("DELETE FROM orders WHERE id = $1", [id]);
    await changed(client, [id]);
  } else if (act === "rename") {
    const other = random.integer(1, keys);
    await tx.query("UPDATE orders SET id = $2, stamp = $3 WHERE id = $1", [id, other, stamp]);
    await changed(client, other === id ? [id] : [id, other]);
  } else {
    await changeCustomer(client, random.integer(1, 5));
  }
}

async function changeCustomer(client: Client, id: number): Promise<void> {
  const { tx, stamp } = client;
  // The row's trigger records it.
  await tx.query("UPDATE customers SET stamp = $2 WHERE id = $1", [id, stamp]);
  const key = JSON.stringify({ customerId: String(id) });
  await tx.query("INSERT INTO truth (category, key, stamp) VALUES ('customer', $1, $2)", [key, stamp]);
  const { rows } = await tx.query<{ readonly id: string }>("SELECT id FROM orders WHERE customer_id = $1", [id]);
  const orders = rows.map((row) => Number(row.id));
  if (orders.length > 0) await changed(client, orders);
}

/** Records the keys, by the application or in SQL, and leaves the truth of it in the same transaction. */
async function changed({ tx, random, record, stamp }: Client, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    const key = JSON.stringify({ orderId: String(id) });
    await tx.query("INSERT INTO truth (category, key, stamp) VALUES ('order', $1, $2)", [key, stamp]);
    if (random.chance(0.5)) await record(tx, [order.changed({ orderId: id })]);
    else await tx.query("SELECT syncline.record_change('order', jsonb_build_object('orderId', $1::bigint))", [id]);
  }
}
