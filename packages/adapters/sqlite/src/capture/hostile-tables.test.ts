import { type CategoryFields, type CategorySource, parseCondition } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { never, recordedIn, shopFile, sourced } from "../testing/shop-file.ts";

const shop = shopFile();
const run = (text: string) => shop.application.exec(text);
const recorded = () => recordedIn(shop);
const target = (fields: CategoryFields, source: CategorySource) => ({ category: sourced(fields, source), source });
const capture = () => shop.session.capture ?? expect.fail("there is no capture");

test("a value that can be no key breaks no business statement, and is refused by workers", async () => {
  run("CREATE TABLE loose (id INTEGER UNIQUE, code TEXT, yes BOOLEAN)");
  const loose = target({ id: "bigint", code: "string", yes: "boolean" }, { table: "loose" });
  await capture().install(loose, never);
  run(`INSERT INTO loose VALUES (1, x'00ff', 1), (2, NULL, 0), ('many', 'a', 1), (4.5, 'a', 1), (5, 'a', 2),
    (9e999, 'a', 1), (6, 'a' || char(0), 1), (7, 'b', 0)`);
  const readable = recorded().map((each) => parseCondition(loose.category, each.replace(/^\w+ /, "")).ok);
  expect(readable).toEqual([false, false, false, false, false, false, expect.any(Boolean), true]);
  // Of those without a key nothing was ever sent: there is nothing to take back.
  run("DELETE FROM loose WHERE id IN (1, 2)");
  expect(recorded()).toEqual([]);
});

test("a key that differs by its spelling alone is two, where the column takes both for one", async () => {
  run("CREATE TABLE person (email TEXT NOT NULL COLLATE NOCASE UNIQUE, pad TEXT COLLATE RTRIM)");
  const { uncaptured } = await capture().install(target({ email: "string" }, { table: "person" }), never);
  expect(uncaptured.join(" ")).toMatch(/email compares by NOCASE/);
  run("INSERT INTO person VALUES ('ada@x', '')");
  recorded();
  run("UPDATE person SET email = 'Ada@x'");
  expect(recorded()).toEqual(['delete {"email":"ada@x"}', 'upsert {"email":"Ada@x"}']);
  run("REPLACE INTO person (email) VALUES ('ADA@X')");
  expect(recorded()).toEqual(['upsert {"email":"Ada@x"}', 'upsert {"email":"ADA@X"}']);
});

test.each([
  ["a view", "CREATE TABLE t (id INTEGER); CREATE VIEW place AS SELECT id FROM t", "place", /is a view/],
  ["a virtual table", "CREATE VIRTUAL TABLE place USING fts5(id)", "place", /virtual table/],
  ["a table of Syncline's", "", "syncline_state", /Syncline's own/],
  ["a table of SQLite's", "", "sqlite_schema", /SQLite's/],
  ["what is no name", "", "a b", /in quotes where SQL needs them/],
  ["a table that is not there", "", "other.place", /There is no table "other"."place"/],
])("%s is refused, with the way out", async (_, tables, table, message) => {
  run(tables);
  const problems = [expect.objectContaining({ at: "source.table", message: expect.stringMatching(message) })];
  const wanted = target({ id: "string" }, { table });
  await expect(capture().install(wanted, never)).rejects.toMatchObject({
    code: "config.invalid",
    problems: expect.arrayContaining(problems),
  });
});

test("the triggers follow what is renamed, and are told where the table was made anew", async () => {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE other (id INTEGER PRIMARY KEY)");
  const orders = target({ id: "bigint" }, { table: "orders", updateOf: ["note"] });
  await capture().install(orders, never);

  run("ALTER TABLE orders RENAME TO purchases; ALTER TABLE purchases RENAME COLUMN id TO nr");
  run("INSERT INTO purchases VALUES (1, 'a')");
  expect(recorded()).toEqual(['upsert {"id":1}']);
  const renamed = target({ id: "bigint" }, { table: "purchases", columns: { id: "nr" }, updateOf: ["note"] });
  expect(await capture().show(renamed, never)).toMatchObject({ state: "drifted" });
  expect(await capture().install(renamed, never)).toMatchObject({ state: "installed" });
  run("INSERT INTO purchases VALUES (2, 'b')");
  expect(recorded()).toEqual(['upsert {"id":2}']);

  expect(() => run("ALTER TABLE purchases DROP COLUMN note")).toThrow(/error in trigger syncline_capture_/);

  run(`CREATE TABLE fresh (nr INTEGER PRIMARY KEY, note TEXT); INSERT INTO fresh SELECT * FROM purchases;
    DROP TABLE purchases; ALTER TABLE fresh RENAME TO purchases`);
  expect(await capture().show(renamed, never)).toMatchObject({ state: "absent" });
  run("CREATE UNIQUE INDEX by_note ON purchases (note)");
  expect(await capture().install(renamed, never)).toMatchObject({ state: "installed" });
  run("DROP INDEX by_note; CREATE UNIQUE INDEX by_lower ON purchases (lower(note))");
  const drifted = await capture().show(renamed, never);
  expect(drifted).toMatchObject({
    state: "drifted",
    drift: expect.arrayContaining([expect.stringMatching(/replace/)]),
  });
  expect(drifted.uncaptured.join(" ")).toMatch(/by_lower, which is of expressions/);
  const { name = "" } = drifted.triggers[0] ?? {};
  run(`DROP TRIGGER ${name}`);
  expect((await capture().show(renamed, never)).drift.join()).toContain(`There is no trigger ${name}`);
});

test("what was written while a trigger could not record fails, and is not lost", async () => {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
  await capture().install(target({ id: "bigint" }, { table: "orders" }), never);
  run("ALTER TABLE syncline_change RENAME TO gone");
  run("ALTER TABLE gone RENAME TO syncline_change");
  run("INSERT INTO orders VALUES (1)");
  expect(recorded()).toEqual(['upsert {"id":1}']);
  run("DROP TABLE syncline_change");
  expect(() => run("INSERT INTO orders VALUES (2)")).toThrow(/syncline_change/);
  expect(shop.application.prepare("SELECT count(*) AS n FROM orders").all({})).toEqual([{ n: 1 }]);
});

test("INSERT OR IGNORE records what it has inserted", async () => {
  run("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
  await capture().install(target({ id: "bigint" }, { table: "orders" }), never);
  run("INSERT OR IGNORE INTO orders VALUES (1), (1), (2)");
  expect(recorded()).toEqual(['upsert {"id":1}', 'upsert {"id":2}']);
});
