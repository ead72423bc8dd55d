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
