import { product } from "../dictionary.ts";
import { idUpTo } from "./chance.ts";
import type { Shop } from "./shop.ts";

/** One row that everybody wants to update at once: its changes fold, so that it costs a delivery now and then. */
export async function flashSale(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const { rows } = await client.query<{ sku: string }>(
      "UPDATE products SET stock = stock - 1 WHERE id = 1 RETURNING sku",
    );
    await shop.recorder.record(
      client,
      rows.map(({ sku }) => product.changed({ sku })),
    );
  });
}

/** Many rows in one transaction, recorded in one statement. */
export async function raisePrices(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const first = idUpTo(130);
    await client.query("SELECT FROM products WHERE id BETWEEN $1 AND $1 + 20 ORDER BY id FOR UPDATE", [first]);
    const { rows } = await client.query<{ sku: string }>(
      "UPDATE products SET price = price + 0.01 WHERE id BETWEEN $1 AND $1 + 20 RETURNING sku",
      [first],
    );
    await shop.recorder.record(
      client,
      rows.map(({ sku }) => product.changed({ sku })),
    );
  });
}

/** A changed key is two keys: the old one must disappear downstream, the new one appear. */
export async function renameProduct(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const found = await client.query<{ id: string; sku: string }>(
      "SELECT id, sku FROM products WHERE id = $1 FOR UPDATE",
      [idUpTo(150)],
    );
    const old = found.rows[0];
    if (old === undefined) return;
    const [base = "", count = "0"] = old.sku.split("/");
    const sku = `${base}/${Number(count) + 1}`;
    await client.query("UPDATE products SET sku = $2 WHERE id = $1", [old.id, sku]);
    await shop.recorder.record(client, product.moved({ sku: old.sku }, { sku }));
  });
}

export async function addProduct(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const { rows } = await client.query<{ sku: string }>(
      `INSERT INTO products (sku, title, price, stock)
       VALUES ('NEW-' || nextval(pg_get_serial_sequence('products', 'id')), 'Novelty', 19.90, 100) RETURNING sku`,
    );
    await shop.recorder.record(
      client,
      rows.map(({ sku }) => product.changed({ sku })),
    );
  });
}

/** The product stays in the shop's tables and leaves the search service's filter, or comes back into it. */
export async function listOrDelistProduct(shop: Shop): Promise<void> {
  await shop.transaction(async (client) => {
    const { rows } = await client.query<{ sku: string }>(
      "UPDATE products SET listed = NOT listed WHERE id = $1 RETURNING sku",
      [idUpTo(150)],
    );
    await shop.recorder.record(
      client,
      rows.map(({ sku }) => product.changed({ sku })),
    );
  });
}
