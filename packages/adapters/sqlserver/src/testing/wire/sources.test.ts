import { category, type SourcedCategory } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { never, wireSession } from "./wire-session.ts";

const columns = ["nvarchar(128)", "nvarchar(128)", "int", "int", "int", "nvarchar(128)", "nvarchar(128)", "int"].map(
  (type) => ({ name: "", type }),
);

interface Told {
  readonly isTable?: number;
  readonly isFiltered?: number;
  readonly seesPolicies?: number;
}

function table({ isTable = 1, isFiltered = 0, seesPolicies = 1 }: Told) {
  const rows = [
    ["Id", "int", 0],
    ["made", "datetime", 3],
  ].map((column) => ["dbo", "Orders", isTable, isFiltered, seesPolicies, ...column]);
  return { "source-table": { results: [{ columns, rows }] } };
}

const orders: SourcedCategory = {
  ...category("order", { orderId: "integer" }),
  source: { table: "dbo.orders", columns: { orderId: "id" } },
};

test("a source's keys and whether one is there are asked by the names that the catalog has", async () => {
  const { server, session } = await wireSession(table({}));
  expect(await session.sources?.check(orders, never)).toEqual([]);
  expect(await session.sources?.keys(orders, never)).toBe("SELECT s.[Id] AS [orderId] FROM [dbo].[Orders] AS s");
  expect(await session.sources?.presence?.(orders, never)).toBe(
    "SELECT DISTINCT 1 AS present FROM [dbo].[Orders] AS s WHERE s.[Id] = :orderId",
  );
  expect(server.calls[0]?.parameters.map(({ value }) => value)).toEqual(["dbo", "orders"]);
});

test.each([
  ["of a view", { isTable: 0 }],
  ["where a policy hides rows", { isFiltered: 1 }],
  ["where the login would not see a policy", { seesPolicies: 0 }],
])("%s, no row proves nothing", async (_, told) => {
  const { session } = await wireSession(table(told));
  expect(await session.sources?.presence?.(orders, never)).toBeUndefined();
  expect(await session.sources?.keys(orders, never)).toContain("[Orders]");
});

test("what does not fit is told by its place, and has no keys", async () => {
  const { session } = await wireSession(table({}));
  const wrong: SourcedCategory = {
    ...category("order", { orderId: "integer", made: "date" }),
    source: { table: "dbo.orders" },
  };
  const problems = [
    { at: "source.columns.orderId", message: '[dbo].[Orders] has no column "orderId"; it has Id, made.' },
    { at: "fields.made", message: expect.stringContaining("[dbo].[Orders].made has the type datetime") },
  ];
  expect(await session.sources?.check(wrong, never)).toEqual(problems);
  await expect(session.sources?.keys(wrong, never)).rejects.toMatchObject({ code: "config.invalid", problems });
});

const listed = [
  ...["nvarchar(128)", "nvarchar(128)", "int", "int", "nvarchar(128)", "nvarchar(128)", "smallint", "tinyint"],
  ...["tinyint", "tinyint"],
].map((type) => ({ name: "", type }));

test("tables are listed with their keys in order, names as SQL needs them, and types that fit", async () => {
  const column = (table: readonly unknown[], ...rest: readonly unknown[]) => [...table, ...rest];
  const lines = ["dbo", "Order Lines", 1, 1] as const;
  const rows = [
    column(lines, "line", "int", 4, 10, 0, 2),
    column(lines, "order", "nvarchar", 80, 0, 0, 1),
    column(lines, "at", "datetimeoffset", 10, 34, 7, null),
    column(lines, "price", "decimal", 9, 12, 2, null),
    column(lines, "photo", "varbinary", -1, 0, 0, null),
    column(["shop", "orders_view", 0, 0], "id", "bigint", 8, 19, 0, null),
  ];
  const { session, server } = await wireSession({
    "source-tables": { results: [{ columns: listed, rows: rows as never }] },
  });
  const tables = await session.sources?.tables?.(never);
  expect(tables?.map(({ table: name, kind, readable, key }) => [name, kind, readable, key])).toEqual([
    ["dbo.[Order Lines]", "table", true, ["order", "line"]],
    ["shop.orders_view", "view", false, []],
  ]);
  expect(tables?.[0]?.columns.map(({ sql, type, field }) => [sql, type, field])).toEqual([
    ["line", "int", "integer"],
    ["[order]", "nvarchar(40)", "string"],
    ["at", "datetimeoffset(7)", "string"],
    ["price", "decimal(12,2)", "decimal"],
    ["photo", "varbinary(max)", null],
  ]);
  expect(server.calls[0]?.parameters.map(({ value }) => value)).toEqual(["syncline"]);
});
