import { type Category, category } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { type CaptureTriggerOptions, captureTrigger } from "./capture-trigger.ts";

const order = category("order", { orderId: "bigint" });

describe("a generated trigger", () => {
  test("records keys that are gone and keys that are there, in one INSERT for any number of rows", () => {
    expect(captureTrigger({ table: "sales.orders", category: order, columns: { orderId: "id" } })).toBe(
      `CREATE TRIGGER [sales].[syncline_order] ON [sales].[orders]
AFTER INSERT, UPDATE, DELETE AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF NOT EXISTS (SELECT 1 FROM inserted) AND NOT EXISTS (SELECT 1 FROM deleted) RETURN;
INSERT INTO [syncline].change (category, condition, operation)
SELECT N'order', (SELECT d.[id] AS [orderId] FOR JSON PATH, WITHOUT_ARRAY_WRAPPER), 'delete'
  FROM deleted AS d
 WHERE d.[id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inserted AS i WHERE i.[id] = d.[id])
UNION ALL
SELECT N'order', (SELECT i.[id] AS [orderId] FOR JSON PATH, WITHOUT_ARRAY_WRAPPER), 'upsert'
  FROM inserted AS i
 WHERE i.[id] IS NOT NULL;
END`,
    );
  });

  test("takes every key field, each in the form that a condition wants", () => {
    const text = captureTrigger({
      table: "t",
      category: category("all", {
        code: "string",
        at: "timestamp",
        day: "date",
        yes: "boolean",
        id: "uuid",
        n: "decimal",
      }),
      name: "capture ]",
      schema: "sync",
    });
    expect(text).toContain("CREATE TRIGGER [capture ]]] ON [t]");
    expect(text).toContain("INSERT INTO [sync].change");
    for (const value of [
      "CONVERT(nvarchar(401), i.[code], 126) AS [code]",
      "i.[at] AS [at]",
      "TRY_CONVERT(date, i.[day], 23) AS [day]",
      "CASE WHEN CONVERT(nvarchar(401), i.[yes], 126) IN (N'1', N'true') THEN CAST(1 AS bit) WHEN",
      "i.[id] AS [id]",
      "i.[n] AS [n]",
    ])
      expect(text).toContain(value);
  });

  test("compares a text as bytes, of whatever type its column is, and everything else as it is", () => {
    const text = captureTrigger({ table: "t", category: category("c", { code: "string", at: "timestamp" }) });
    const bytes = (alias: string) => `CAST(CONVERT(nvarchar(401), ${alias}.[code], 126) AS varbinary(802))`;
    expect(text).toContain(`WHERE ${bytes("i")} = ${bytes("d")} AND i.[at] = d.[at])`);
    expect(text).not.toContain("COLLATE");
  });

  test("is not made of what makes no sense, which is named all at once", () => {
    const options = { table: "a.b.c", category: order, columns: { oderId: "id" }, schema: "a b" };
    expect(() => captureTrigger(options)).toThrow(
      expect.objectContaining({
        code: "config.invalid",
        problems: [
          expect.objectContaining({ at: "table" }),
          expect.objectContaining({ at: "columns.oderId", message: expect.stringContaining("orderId") }),
          expect.objectContaining({ at: "schema" }),
        ],
      }),
    );
    const nothing = { table: "t", category: undefined as unknown as Category } satisfies CaptureTriggerOptions;
    expect(() => captureTrigger(nothing)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });
});
