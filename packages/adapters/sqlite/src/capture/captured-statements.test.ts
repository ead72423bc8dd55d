import { join } from "node:path";
import type { CategoryFields, CategorySource } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { openWithDriver } from "../testing/driver.ts";
import { never, recordedIn, shopFile, sourced } from "../testing/shop-file.ts";

const shop = shopFile();
const run = (text: string) => shop.application.exec(text);
const recorded = () => recordedIn(shop);
/** What the statements record, sorted. */
const records = (text: string) => {
  recorded();
  run(text);
  return [...recorded()].sort();
};
async function captured(tables: string, fields: CategoryFields, source: CategorySource, name?: string) {
  run(tables);
  const category = sourced(fields, source, name);
  return await shop.session.capture?.install({ category, source }, never);
}

const orders = "CREATE TABLE orders (id INTEGER PRIMARY KEY, number TEXT UNIQUE, total REAL, note TEXT COLLATE NOCASE)";
const order = { table: "orders", columns: { orderId: "id" } };

test("each row that a statement touches is recorded, and nothing of what is rolled back", async () => {
  await captured(orders, { orderId: "bigint" }, order);
  expect(records("INSERT INTO orders (id, number) VALUES (1, 'a'), (2, 'b')")).toEqual([
    'upsert {"orderId":1}',
    'upsert {"orderId":2}',
  ]);
  expect(records("UPDATE orders SET total = 5")).toEqual(['upsert {"orderId":1}', 'upsert {"orderId":2}']);
  expect(records("INSERT INTO orders (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET note = 'x'")).toContain(
    'upsert {"orderId":2}',
  );
  expect(records("INSERT INTO orders (id) VALUES (2) ON CONFLICT DO NOTHING")).not.toContain('delete {"orderId":2}');
  expect(records("BEGIN; INSERT INTO orders (id) VALUES (3); ROLLBACK")).toEqual([]);
  expect(records("BEGIN; SAVEPOINT s; INSERT INTO orders (id) VALUES (3); ROLLBACK TO s; COMMIT")).toEqual([]);
  // Without triggers, SQLite would empty the table without looking at its rows.
  expect(records("DELETE FROM orders")).toEqual(['delete {"orderId":1}', 'delete {"orderId":2}']);
});

test("a bulk statement is captured row by row, and the application's own ids are left alone", async () => {
  await captured(orders, { orderId: "bigint" }, order);
  run(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO orders (id) SELECT i FROM n",
  );
  expect(new Set(recorded()).size).toBe(2_000);
  const inserted = shop.application.prepare("INSERT INTO orders (id) VALUES (@id)").run({ id: 9_000 });
  expect(inserted).toMatchObject({ changes: 1, lastInsertRowid: 9_000 });
});

test("a key that changes is two", async () => {
  await captured(orders, { orderId: "bigint" }, order);
  run("INSERT INTO orders (id) VALUES (1), (2)");
  expect(records("UPDATE orders SET id = 7 WHERE id = 1")).toEqual(['delete {"orderId":1}', 'upsert {"orderId":7}']);
  expect(records("UPDATE orders SET rowid = 8 WHERE id = 7")).toEqual(['delete {"orderId":7}', 'upsert {"orderId":8}']);
});

test.each([false, true])(
  "what REPLACE takes the place of is recorded (recursive triggers: %s)",
  async (isRecursive) => {
    await captured(orders, { orderId: "bigint" }, order);
    run(`PRAGMA recursive_triggers = ${isRecursive}`);
    run("INSERT INTO orders (id, number) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    const keys = (text: string) => new Set(records(text).map((each) => each.replace(/^\w+ /, "")));
    expect(keys("REPLACE INTO orders (id, number) VALUES (1, 'a')")).toEqual(new Set(['{"orderId":1}']));
    // By another unique column: another key is gone.
    expect(keys("REPLACE INTO orders (id, number) VALUES (4, 'a')")).toEqual(
      new Set(['{"orderId":1}', '{"orderId":4}']),
    );
    expect(keys("UPDATE OR REPLACE orders SET number = 'b' WHERE id = 3")).toEqual(
      new Set(['{"orderId":2}', '{"orderId":3}']),
    );
    expect(keys("UPDATE OR REPLACE orders SET id = 3 WHERE id = 4")).toEqual(
      new Set(['{"orderId":3}', '{"orderId":4}']),
    );
    expect(shop.application.prepare("SELECT id FROM orders").all({})).toEqual([{ id: 3 }]);
  },
);

test("of a key that is none of the unique columns, REPLACE is captured as well", async () => {
  await captured(
    "CREATE TABLE line (orderId INTEGER, place INTEGER, text TEXT, PRIMARY KEY (orderId, place)); CREATE UNIQUE INDEX by_text ON line (text COLLATE NOCASE) WHERE place > 0",
    { orderId: "integer" },
    { table: "line" },
  );
  run("INSERT INTO line VALUES (1, 1, 'a'), (2, 1, 'b')");
  expect(records("REPLACE INTO line VALUES (3, 1, 'A')")).toEqual(['upsert {"orderId":1}', 'upsert {"orderId":3}']);
  expect(records("REPLACE INTO line VALUES (2, 1, 'c')")).toEqual(['upsert {"orderId":2}']);
});

test("what foreign keys do is captured", async () => {
  const tables = `PRAGMA foreign_keys = ON; CREATE TABLE customer (id INTEGER PRIMARY KEY);
    CREATE TABLE address (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE ON UPDATE CASCADE)`;
  await captured(tables, { customer: "integer", id: "integer" }, { table: "address" });
  run("INSERT INTO customer VALUES (1); INSERT INTO address VALUES (10, 1)");
  expect(records("UPDATE customer SET id = 2")).toEqual([
    'delete {"customer":1,"id":10}',
    'upsert {"customer":2,"id":10}',
  ]);
  expect(records("DELETE FROM customer")).toEqual(['delete {"customer":2,"id":10}']);
});

test("with updateOf, an UPDATE is recorded where one of the columns or the key differs, be it by case alone", async () => {
  await captured(orders, { orderId: "bigint" }, { ...order, updateOf: ["total", "note"] });
  run("INSERT INTO orders (id, total, note) VALUES (1, 5, 'a')");
  expect(records("UPDATE orders SET number = 'x', total = 5")).toEqual([]);
  expect(records("UPDATE orders SET total = 6")).toEqual(['upsert {"orderId":1}']);
  expect(records("UPDATE orders SET note = 'A'")).toEqual(['upsert {"orderId":1}']);
  expect(records("UPDATE orders SET note = NULL")).toEqual(['upsert {"orderId":1}']);
  expect(records("UPDATE orders SET id = 2")).toEqual(['delete {"orderId":1}', 'upsert {"orderId":2}']);
});

test("tables without a rowid, generated columns and names that need quotes are captured", async () => {
  const table = `CREATE TABLE "Order ""Lines""" (a TEXT, "the b" INTEGER, up TEXT AS (upper(a)), PRIMARY KEY (a, "the b")) WITHOUT ROWID`;
  const report = await captured(
    table,
    { a: "string", b: "bigint", up: "string" },
    { table: '[Order "Lines"]', columns: { b: '"the b"' } },
    "odd.name",
  );
  expect(report).toMatchObject({ state: "installed", table: '"Order ""Lines"""' });
  expect(records(`INSERT INTO "Order ""Lines""" (a, "the b") VALUES ('it''s', 9007199254740993)`)).toEqual([
    `upsert {"a":"it's","b":9007199254740993,"up":"IT'S"}`,
  ]);
});

test("whoever has the file attached under another name is captured, too", async () => {
  await captured(orders, { orderId: "bigint" }, order);
  const other = openWithDriver(join(shop.folder, "other.db"));
  other.exec(`ATTACH '${shop.file}' AS shop; CREATE TABLE orders (id); INSERT INTO orders VALUES (5)`);
  other.exec("INSERT INTO shop.orders (id) VALUES (6)");
  other.close();
  expect(recorded()).toEqual(['upsert {"orderId":6}']);
});

test("two categories, and two tables of one, are captured beside each other", async () => {
  await captured(orders, { orderId: "bigint" }, order);
  await captured(
    "CREATE TABLE line (id INTEGER PRIMARY KEY, order_id INTEGER)",
    { orderId: "bigint" },
    {
      table: "line",
      columns: { orderId: "order_id" },
    },
  );
  await captured("", { number: "string" }, { table: "orders" }, "numbered");
  expect(records("INSERT INTO line VALUES (1, 4)")).toEqual(['upsert {"orderId":4}']);
  expect(records("INSERT INTO orders (id, number) VALUES (4, 'n')")).toEqual([
    'upsert {"number":"n"}',
    'upsert {"orderId":4}',
  ]);
});
