import type { PoolClient } from "pg";
import { customer, order, product } from "../dictionary.ts";
import { chance, idUpTo } from "./chance.ts";
import { ChangedMind, type Shop } from "./shop.ts";

/** Inserts an order with its lines and takes the goods off the shelf: one order and up to three products change. */
export async function placeOrder(shop: Shop): Promise<void> {
  await shop.transaction((client) => insertOrder(shop, client));
}

/** Does all that placing an order does, recording included, and then rolls it back: nothing of it may ever be seen. */
export async function abandonOrder(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    await insertOrder(shop, client);
    throw new ChangedMind();
  });
}

async function insertOrder(shop: Shop, client: PoolClient): Promise<void> {
  const buyer = await client.query<{ id: string }>(
    "SELECT id FROM customers WHERE id >= $1 ORDER BY id LIMIT 1 FOR KEY SHARE",
    [idUpTo(200)],
  );
  // Everybody's favourite is in every third order: a hot row.
  const wanted = [chance(1 / 3) ? 1 : idUpTo(150), idUpTo(150), idUpTo(150)];
  // In order of their ids, so that two orders never wait for each other.
  await client.query("SELECT FROM products WHERE id = ANY($1) ORDER BY id FOR UPDATE", [wanted]);
  const placed = await client.query<{ id: string }>("INSERT INTO orders (customer_id) VALUES ($1) RETURNING id", [
    buyer.rows[0]?.id,
  ]);
  const orderId = placed.rows[0]?.id ?? "";
  await client.query(
    `INSERT INTO order_lines (order_id, product_id, quantity, unit_price)
     SELECT $1, p.id, 1 + floor(random() * 3), p.price FROM products p WHERE p.id = ANY($2)`,
    [orderId, wanted],
  );
  await updateTotal(client, orderId);
  const taken = await client.query<{ sku: string }>(
    `UPDATE products p SET stock = p.stock - l.quantity FROM order_lines l
      WHERE l.order_id = $1 AND p.id = l.product_id RETURNING p.sku`,
    [orderId],
  );
  await shop.recorder.record(client, [
    order.changed({ orderId }),
    ...taken.rows.map(({ sku }) => product.changed({ sku })),
  ]);
}

/** The order enters the warehouse's filter, and its customer has spent more. */
export async function payOrder(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const oldest = await lockOldest(client, "PLACED");
    if (oldest === undefined) return;
    // Waits for whoever is changing the customer's address, who tells all paid orders of it.
    await client.query("SELECT FROM customers WHERE id = $1 FOR SHARE", [oldest.customer_id]);
    await client.query("UPDATE orders SET status = 'PAID' WHERE id = $1", [oldest.id]);
    await recordWithCustomer(shop, client, oldest);
  });
}

/** The order leaves the warehouse's filter: there it must disappear, although it exists. */
export async function shipOrder(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const oldest = await lockOldest(client, "PAID");
    if (oldest === undefined) return;
    await client.query("UPDATE orders SET status = 'SHIPPED' WHERE id = $1", [oldest.id]);
    await recordWithCustomer(shop, client, oldest);
  });
}

/** Deletes an order, paid or not, with its lines. */
export async function cancelOrder(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const oldest = await lockOldest(client, chance(0.5) ? "PLACED" : "PAID");
    if (oldest === undefined) return;
    await client.query("DELETE FROM orders WHERE id = $1", [oldest.id]);
    await shop.recorder.record(client, [
      order.deleted({ orderId: oldest.id }),
      customer.changed({ customerId: oldest.customer_id }),
    ]);
  });
}

/** Changes a table that no downstream has heard of, the lines; what is recorded is the order that they belong to. */
export async function changeQuantities(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const oldest = await lockOldest(client, chance(0.5) ? "PLACED" : "PAID");
    if (oldest === undefined) return;
    await client.query("UPDATE order_lines SET quantity = quantity + 1 WHERE order_id = $1", [oldest.id]);
    await updateTotal(client, oldest.id);
    await recordWithCustomer(shop, client, oldest);
  });
}

interface LockedOrder {
  readonly id: string;
  readonly customer_id: string;
}

async function lockOldest(client: PoolClient, status: "PLACED" | "PAID"): Promise<LockedOrder | undefined> {
  const { rows } = await client.query<LockedOrder>(
    "SELECT id, customer_id FROM orders WHERE status = $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
    [status],
  );
  return rows[0];
}

async function updateTotal(client: PoolClient, orderId: string): Promise<void> {
  await client.query(
    "UPDATE orders SET total = (SELECT sum(quantity * unit_price) FROM order_lines WHERE order_id = $1) WHERE id = $1",
    [orderId],
  );
}

async function recordWithCustomer(shop: Shop, client: PoolClient, changed: LockedOrder): Promise<void> {
  await shop.recorder.record(client, [
    order.changed({ orderId: changed.id }),
    customer.changed({ customerId: changed.customer_id }),
  ]);
}
