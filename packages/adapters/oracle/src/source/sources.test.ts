import { category, type FieldType, type SourcedCategory } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { sessionOnDouble, textRows } from "../testing/double.ts";
import { columnOf, misfit } from "./key-columns.ts";
import { tableNameOf } from "./table-name.ts";

const never = new AbortController().signal;

const orders: SourcedCategory = {
  ...category("order", { orderId: "bigint", day: "date" }),
  source: { table: "shop.orders", columns: { orderId: "id" } },
};

async function told([isTable, isFiltered]: readonly [string, string]) {
  return sessionOnDouble(() =>
    textRows(6, [
      [isTable, isFiltered, "ID", "NUMBER", "22", null],
      [isTable, isFiltered, "DAY", "DATE", "7", null],
    ]),
  );
}

test("a source's keys and whether one is there are asked by the names that the dictionary has", async () => {
  await using double = await told(["1", "0"]);
  const { sources } = double.session;
  expect(await sources?.check(orders, never)).toEqual([]);
  expect(await sources?.keys(orders, never)).toBe(
    'SELECT s."ID" AS "orderId", s."DAY" AS "day" FROM "SHOP"."ORDERS" s',
  );
  expect(await sources?.presence?.(orders, never)).toBe(
    'SELECT DISTINCT 1 AS present FROM "SHOP"."ORDERS" s WHERE s."ID" = :orderId AND s."DAY" >= :day AND s."DAY" < :day + 1',
  );
  expect(double.statements()[0]?.rows[0]).toEqual({ owner: "SHOP", name: "ORDERS" });
});

test.each([
  ["of a view", ["0", "0"] as const],
  ["where a policy may hide rows", ["1", "1"] as const],
])("%s, no row proves nothing", async (_, facts) => {
  await using double = await told(facts);
  expect(await double.session.sources?.presence?.(orders, never)).toBeUndefined();
});

test("a table that is not there, or a column, is told by its place", async () => {
  await using double = await sessionOnDouble(() => textRows(6, []));
  expect(await double.session.sources?.check(orders, never)).toMatchObject([{ at: "source.table" }]);
  await using other = await told(["1", "0"]);
  const wrong = { ...orders, source: { table: "shop.orders" } };
  expect(await other.session.sources?.check(wrong, never)).toEqual([
    { at: "source.columns.orderId", message: '"SHOP"."ORDERS" has no column "orderId"; it has ID, DAY.' },
  ]);
});

test("tables are listed with their keys in order, names as SQL needs them, and types that fit", async () => {
  const lines = ["SHOP", "Order Lines", "1", "1"] as const;
  await using double = await sessionOnDouble(() =>
    textRows(11, [
      [...lines, "LINE", "NUMBER", "22", "0", "9", "0", "2"],
      [...lines, "ORDER", "VARCHAR2", "160", "40", null, null, "1"],
      [...lines, "ANY_NUMBER", "NUMBER", "22", "0", null, null, null],
      [...lines, "PRICE", "NUMBER", "22", "0", "12", "2", null],
      [...lines, "CODE", "RAW", "16", "0", null, null, null],
      [...lines, "MADE", "TIMESTAMP(6)", "11", "0", null, "6", null],
      ["SHOP", "ORDERS_VIEW", "0", "0", "ID", "NUMBER", "22", "0", "19", "0", null],
    ]),
  );
  const tables = await double.session.sources?.tables?.(never);
  expect(tables?.map(({ table, kind, readable, key }) => [table, kind, readable, key])).toEqual([
    ['shop."Order Lines"', "table", true, ["ORDER", "LINE"]],
    ["shop.orders_view", "view", false, []],
  ]);
  expect(tables?.flatMap(({ columns }) => columns.map(({ sql, type, field }) => [sql, type, field]))).toEqual([
    ["line", "NUMBER(9)", "bigint"],
    ['"ORDER"', "VARCHAR2(40)", "string"],
    ["any_number", "NUMBER", "decimal"],
    ["price", "NUMBER(12,2)", "decimal"],
    ["code", "RAW(16)", "uuid"],
    ["made", "TIMESTAMP(6)", null],
    ["id", "NUMBER(19)", "decimal"],
  ]);
  expect(double.statements()[0]?.rows[0]).toEqual({ owner: null, prefix: "SYNCLINE_" });
});

test.each<[FieldType, string, number | undefined, string | undefined]>([
  ["integer", "NUMBER", undefined, undefined],
  ["bigint", "NUMBER", 0, undefined],
  ["bigint", "NUMBER", 2, 'declare it as "decimal"'],
  ["decimal", "NUMBER", 2, undefined],
  ["decimal", "FLOAT", undefined, "can be no key"],
  ["uuid", "RAW", undefined, undefined],
  ["uuid", "CHAR", undefined, 'declare it as "string"'],
  ["date", "DATE", undefined, undefined],
  ["date", "TIMESTAMP(6)", 6, "since it has no zone"],
  ["timestamp", "TIMESTAMP(6) WITH TIME ZONE", 6, undefined],
  ["timestamp", "TIMESTAMP(3) WITH LOCAL TIME ZONE", 3, undefined],
  ["timestamp", "TIMESTAMP(9) WITH TIME ZONE", 9, "six places"],
  ["timestamp", "DATE", undefined, 'declare it as "date"'],
  ["string", "NVARCHAR2", undefined, undefined],
  ["string", "DATE", undefined, 'declare it as "date"'],
  ["string", "CLOB", undefined, "can be no key"],
  ["boolean", "NUMBER", 0, undefined],
])("a %s for a column of the type %s with %s places", (field, type, scale, words) => {
  const reason = misfit(field, { name: "C", type, length: 16, scale });
  if (words === undefined) expect(reason).toBeUndefined();
  else expect(reason).toContain(words);
});

test("names are read as SQL reads them", () => {
  expect(tableNameOf("shop.orders")).toEqual({ owner: "SHOP", name: "ORDERS" });
  expect(tableNameOf(' shop."Order Lines"')).toEqual({ owner: "SHOP", name: "Order Lines" });
  expect(tableNameOf("orders")).toContain("must name the table's owner");
  expect(tableNameOf("a.b.c")).toContain("must be an owner's");
  const columns = ["ID", "Id"].map((name) => ({ name, type: "NUMBER", length: 22, scale: 0 }));
  const table = { owner: "SHOP", name: "T", kind: "table", isFiltered: false, columns } as const;
  expect(columnOf(table, "id")?.name).toBe("ID");
  expect(columnOf(table, '"Id"')?.name).toBe("Id");
});
