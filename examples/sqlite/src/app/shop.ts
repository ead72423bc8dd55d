import { category, createPipeline, strategy } from "@syncline/core";
import { http } from "@syncline/http";
import { recordNow, sqlite } from "@syncline/sqlite";
import Database from "libsql";

const order = category("order", { orderId: "bigint" });

/** Paid orders with their customer's name. What is cancelled leaves the query, and is deleted downstream. */
const paidOrders = strategy("paid-orders", {
  category: order,
  query: `SELECT o.id, o.total, c.name AS "customer.name"
            FROM orders o JOIN customers c ON c.id = o.customer_id
           WHERE o.id = :orderId AND o.status = 'PAID'`,
  downstream: "warehouse",
  path: "/orders/{orderId}",
  method: "PUT",
  numbers: "number",
  whenAbsent: "delete",
});

const tables = `
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers,
  total TEXT NOT NULL,
  status TEXT NOT NULL
) STRICT;
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace');`;

/** An application of one process: its database is a file, and Syncline runs within it. */
export async function openShop(file: string, warehouse: string) {
  const database = new Database(file);
  database.exec(tables);
  const pipeline = createPipeline({
    database: sqlite({ open: () => new Database(file) }),
    categories: [order],
    strategies: [paidOrders],
    downstreams: { warehouse: http({ baseUrl: warehouse }) },
    log: { debug: () => {}, info: () => {}, warn: console.warn, error: console.error },
  });
  await pipeline.migrate();
  await pipeline.start();

  const insert = database.prepare("INSERT INTO orders VALUES (@id, @customerId, @total, 'PAID')");
  const cancel = database.prepare("UPDATE orders SET status = 'CANCELLED' WHERE id = @id");
  const rename = database.prepare("UPDATE customers SET name = @name WHERE id = @id");
  const ordersOf = database.prepare("SELECT id FROM orders WHERE customer_id = @id");
  const documents = database.prepare(`SELECT o.id, json_object(
      'id', o.id, 'total', o.total, 'customer', json_object('name', c.name)) AS document
    FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'PAID' ORDER BY o.id`);

  return {
    pay: database.transaction((id: number, customerId: number, total: string) => {
      recordNow(database, [order.changed({ orderId: id })]);
      insert.run({ id, customerId, total });
    }),
    cancel: database.transaction((id: number) => {
      cancel.run({ id });
      recordNow(database, [order.changed({ orderId: id })]);
    }),
    /** Each of the customer's orders has the name in it. */
    rename: database.transaction((id: number, name: string) => {
      rename.run({ id, name });
      const affected = ordersOf.all({ id }) as readonly { readonly id: number }[];
      recordNow(
        database,
        affected.map((row) => order.changed({ orderId: row.id })),
      );
    }),
    /** What the warehouse should have, by plain SQL that shares nothing with Syncline: JSON by path. */
    expected: () => {
      const rows = documents.all({}) as readonly { readonly id: number; readonly document: string }[];
      return new Map(rows.map(({ id, document }) => [`/orders/${id}`, document]));
    },
    /** Until nothing is left to deliver. */
    drain: () => pipeline.drain(),
    close: async () => {
      await pipeline.stop();
      database.close();
    },
  };
}
