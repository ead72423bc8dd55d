import { customer } from "../dictionary.ts";
import { idUpTo } from "./chance.ts";
import type { Shop } from "./shop.ts";

export async function signUp(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const { rows } = await client.query<{ id: string }>(
      "INSERT INTO customers (name, city) VALUES ('New customer', 'Faro') RETURNING id",
    );
    await shop.recorder.record(
      client,
      rows.map(({ id }) => customer.changed({ customerId: id })),
    );
  });
}

/** Deletes the newest of those who signed up and never ordered. */
export async function forgetCustomer(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `DELETE FROM customers WHERE id = (
         SELECT c.id FROM customers c
          WHERE c.name = 'New customer' AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)
          ORDER BY c.id DESC LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`,
    );
    await shop.recorder.record(
      client,
      rows.map(({ id }) => customer.deleted({ customerId: id })),
    );
  });
}

/** Recorded with SQL alone, as a program in any language can: the customer, and all orders that show the address. */
export async function moveHouse(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const customerId = idUpTo(200);
    await client.query("UPDATE customers SET city = 'House ' || floor(random() * 1000) WHERE id = $1", [customerId]);
    await client.query("SELECT syncline.record_change('customer', jsonb_build_object('customerId', $1::bigint))", [
      customerId,
    ]);
    await client.query(
      `SELECT syncline.record_change('order', jsonb_build_object('orderId', id))
         FROM orders WHERE customer_id = $1 AND status = 'PAID'`,
      [customerId],
    );
  });
}
