import type { FieldType } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { columnOf, misfit } from "./key-columns.ts";
import type { TableFacts } from "./table-facts.ts";
import { tableNameOf } from "./table-name.ts";

test.each<[FieldType, string, number, string | undefined]>([
  ["integer", "int", 0, undefined],
  ["bigint", "decimal", 0, undefined],
  ["bigint", "decimal", 2, 'declare it as "decimal"'],
  ["decimal", "money", 4, undefined],
  ["uuid", "uniqueidentifier", 0, undefined],
  ["uuid", "char", 0, 'declare it as "string"'],
  ["uuid", "binary", 0, "can be no key"],
  ["date", "date", 0, undefined],
  ["date", "datetime", 3, 'declare it as "string"'],
  ["date", "varchar", 0, 'declare it as "string"'],
  ["timestamp", "datetimeoffset", 6, undefined],
  ["timestamp", "datetimeoffset", 7, "six digits"],
  ["timestamp", "datetime2", 3, 'declare it as "string"'],
  ["string", "datetimeoffset", 7, undefined],
  ["string", "datetime2", 7, undefined],
  ["string", "float", 0, "can be no key"],
  ["string", "xml", 0, "can be no key"],
  ["boolean", "int", 0, 'declare it as "integer"'],
])("a %s for a column of the type %s(%i)", (field, type, scale, words) => {
  const reason = misfit(field, { name: "c", type, scale });
  if (words === undefined) expect(reason).toBeUndefined();
  else expect(reason).toContain(words);
});

test.each([
  ["dbo.orders", { schema: "dbo", name: "orders" }],
  [' [Odd Shop]."Order ""Lines""" ', { schema: "Odd Shop", name: 'Order "Lines"' }],
  ["dbo.[a]]b]", { schema: "dbo", name: "a]b" }],
  ["orders", "must name the table's schema, too: dbo.orders"],
  ["shop.dbo.orders", expect.stringContaining("must be a schema's and a table's name")],
  ["dbo.orders; DROP TABLE x", expect.stringContaining("must be a schema's and a table's name")],
])("%s is read as SQL reads it", (text, expected) => {
  expect(tableNameOf(text)).toEqual(expected);
});

test("a column is found in whatever case, unless two are called so", () => {
  const columns = ["Id", "a", "A"].map((name) => ({ name, type: "int", scale: 0 }));
  const table: TableFacts = { schema: "dbo", name: "t", kind: "table", isFiltered: false, seesPolicies: true, columns };
  expect(columnOf(table, "id")?.name).toBe("Id");
  expect(columnOf(table, "[ID]")?.name).toBe("Id");
  expect(columnOf(table, "A")?.name).toBe("A");
  expect(columnOf(table, "b")).toBeUndefined();
});
