import type { CategoryFields, CategorySource } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { never, recordedIn, shopFile, sourced } from "../testing/shop-file.ts";

const shop = shopFile();
const other = shopFile();
const check = (fields: CategoryFields, source: CategorySource) =>
  shop.session.sources?.check(sourced(fields, source), never) ?? expect.fail("there are no sources");
const backfilled = async (fields: CategoryFields, source: CategorySource) => {
  const category = sourced(fields, source);
  const keys = (await shop.session.sources?.keys(category, never)) ?? "";
  await shop.session.backlog.backfill({ strategy: "s", category, keys }, never);
  return recordedIn(shop).map((each) => each.replace(/^\w+ /, ""));
};

test("a column that would not find its keys again is told, with what to declare", async () => {
  shop.application.exec(`CREATE TABLE mixed (id INTEGER PRIMARY KEY, big BIGINT, code VARCHAR(9), plain, amount DECIMAL(9,2), ratio DOUBLE,
    bytes BLOB, born DATE)`);
  const table = "mixed";
  expect(await check({ id: "integer", big: "bigint", code: "string", born: "date" }, { table })).toEqual([]);
  expect(await check({ ID: "bigint" }, { table: '"MIXED"' })).toEqual([]);
  const wrong = await check(
    {
      id: "uuid",
      code: "bigint",
      big: "timestamp",
      plain: "string",
      amount: "decimal",
      ratio: "string",
      bytes: "string",
      none: "string",
    },
    { table },
  );
  expect(wrong.map(({ at, message }) => [at, message])).toEqual([
    ["fields.id", expect.stringMatching(/declare it as "bigint"/)],
    ["fields.code", expect.stringMatching(/as it is spelled: declare the key field as "string"/)],
    ["fields.big", expect.stringMatching(/declare it as "bigint"/)],
    ["fields.plain", expect.stringMatching(/has no type.*declare it INTEGER or TEXT/)],
    ["fields.amount", expect.stringMatching(/DECIMAL\(9,2\).*rounded/)],
    ["fields.ratio", expect.stringMatching(/no floating-point number/)],
    ["fields.bytes", expect.stringMatching(/BLOB.*declare it INTEGER or TEXT/)],
    ["source.columns.none", expect.stringMatching(/has no column "none"; it has id, big/)],
  ]);
});

test("its keys are backfilled each once, with every digit and every spelling", async () => {
  shop.application.exec(`CREATE TABLE line (code TEXT NOT NULL COLLATE NOCASE, big INTEGER);
    INSERT INTO line VALUES ('a', 9007199254740993), ('A', 1), ('a', 9007199254740993)`);
  expect([...(await backfilled({ code: "string" }, { table: "line" }))].sort()).toEqual([
    '{"code":"A"}',
    '{"code":"a"}',
  ]);
  expect(await backfilled({ big: "bigint" }, { table: "line" })).toEqual(['{"big":9007199254740993}', '{"big":1}']);
});

test("a row whose key is NULL or bytes is told, and nothing is recorded", async () => {
  shop.application.exec("CREATE TABLE line (code TEXT UNIQUE); INSERT INTO line VALUES ('a'), (x'00ff')");
  await expect(backfilled({ code: "string" }, { table: "line" })).rejects.toMatchObject({ code: "query.data" });
  expect(recordedIn(shop)).toEqual([]);
});

test("tables are listed as somebody chooses them, whatever they are called", async () => {
  other.application.exec(`CREATE TABLE "Order ""Lines""" ("order" TEXT, no INT, ratio REAL, born DATE, PRIMARY KEY (no, "order"));
    CREATE TABLE keyless (id INTEGER, note TEXT); CREATE TABLE by_unique (code TEXT NOT NULL UNIQUE, region TEXT UNIQUE);
    CREATE VIEW seen AS SELECT id FROM keyless`);
  const listed = await other.session.sources?.tables?.(never);
  expect(listed?.map(({ table, kind, key }) => [table, kind, key])).toEqual([
    ['"Order ""Lines"""', "table", ["no", "order"]],
    ["by_unique", "table", ["code"]],
    ["keyless", "table", []],
    ["seen", "view", []],
  ]);
  expect(listed?.[0]?.columns.map(({ sql, field }) => [sql, field])).toEqual([
    ['"order"', "string"],
    [`"no"`, "bigint"],
    ["ratio", null],
    ["born", "date"],
  ]);
});
