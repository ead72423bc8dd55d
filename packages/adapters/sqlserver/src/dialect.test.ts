import { createQueryComposer } from "@syncline/core";
import type { FieldType, Strategy } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { sqlServerDialect } from "./dialect.ts";

const composer = createQueryComposer(sqlServerDialect);

function strategyOf(query: string, fields: { [name: string]: FieldType }, compose: "set" | "each" = "set"): Strategy {
  return { name: "s", category: { name: "c", fields }, query, compose } as Partial<Strategy> as Strategy;
}

describe("a template", () => {
  const order = strategyOf("SELECT o.id, o.total FROM orders AS o WHERE o.id = :orderId -- one\n", {
    orderId: "bigint",
  });

  test("is joined to the keys of a set", () => {
    const { statements } = composer.compose(order, [{ orderId: "9223372036854775807" }, { orderId: "2" }]);
    expect(statements).toEqual([
      {
        text: `SELECT [syncline keys].[#] AS [#], [syncline row].*
FROM OPENJSON(@p1) WITH ([#] int '$.n', [:orderId] bigint '$.k1') AS [syncline keys]
CROSS APPLY (
SELECT o.id, o.total FROM orders AS o WHERE o.id = [syncline keys].[:orderId] -- one

) AS [syncline row]`,
        parameters: [{ type: "nvarchar(max)", value: '[{"n":0,"k1":"9223372036854775807"},{"n":1,"k1":"2"}]' }],
      },
    ]);
  });

  test("or runs once for each key", () => {
    const { statements } = composer.compose({ ...order, compose: "each" }, [{ orderId: "1" }, { orderId: "2" }]);
    expect(statements.map(({ parameters }) => parameters)).toEqual([["1"], ["2"]]);
    expect(statements[0]?.text).toContain("o.id = CAST(@p1 AS bigint)");
  });

  test.each<[FieldType, string, string]>([
    ["string", "CAST(CAST([syncline keys].[:v] AS varbinary(800)) AS nvarchar(400))", "@p1"],
    ["integer", "[syncline keys].[:v]", "CAST(@p1 AS bigint)"],
    ["decimal", "[syncline keys].[:v]", "CAST(@p1 AS decimal(38, 9))"],
    ["boolean", "[syncline keys].[:v]", "CAST(@p1 AS bit)"],
    ["uuid", "[syncline keys].[:v]", "CAST(@p1 AS uniqueidentifier)"],
    ["date", "[syncline keys].[:v]", "CAST(@p1 AS date)"],
    ["timestamp", "[syncline keys].[:v]", "CAST(@p1 AS datetimeoffset(6))"],
  ])("gives a key of type %s its type", (type, inSet, alone) => {
    const value = type === "decimal" ? "1.5" : "x";
    const texts = (["set", "each"] as const).map(
      (compose) =>
        composer.compose(strategyOf("SELECT :v AS v", { v: type }, compose), [{ v: value }]).statements[0]?.text,
    );
    expect(texts[0]).toContain(`SELECT ${inSet} AS v`);
    expect(texts[1]).toBe(`SELECT ${alone} AS v`);
  });

  test("never gets a value into its text", () => {
    const nasty = `'; DROP TABLE o; --]"`;
    for (const compose of ["set", "each"] as const) {
      const { statements } = composer.compose(strategyOf("SELECT :v AS v", { v: "string" }, compose), [{ v: nasty }]);
      expect(statements[0]?.text).not.toContain("DROP");
      expect(JSON.stringify(statements[0]?.parameters)).toContain("DROP");
    }
  });
});

test("a decimal that the type would round is refused, alone and in a set", () => {
  for (const compose of ["set", "each"] as const) {
    const strategy = strategyOf("SELECT :v AS v", { v: "decimal" }, compose);
    for (const v of ["0.0000000001", "1".repeat(30)])
      expect(() => composer.compose(strategy, [{ v }])).toThrow(expect.objectContaining({ code: "query.data" }));
    expect(composer.compose(strategy, [{ v: `-${"9".repeat(29)}.123456789` }]).statements).toHaveLength(1);
  }
});

describe("what cannot be a sub-query is refused, with the way out", () => {
  test.each<[string, RegExp]>([
    ["WITH a AS (SELECT :id AS x) SELECT x FROM a", /begins with WITH.*compose: "each"/],
    ["SELECT x FROM t WHERE id = :id ORDER BY x", /ORDER BY, unless there is a TOP or OFFSET.*compose: "each"/],
    ["SELECT x FROM t WHERE id = :id DELETE FROM t", /DELETE has no place/],
  ])("%s", (query, message) => {
    expect(composer.check(strategyOf(query, { id: "bigint" }))[0]?.message).toMatch(message);
    const alone = composer.check(strategyOf(query, { id: "bigint" }, "each"));
    expect(alone).toEqual([]);
  });

  test.each([
    "SELECT TOP (1) x FROM t WHERE id = :id ORDER BY x DESC",
    "SELECT x FROM t WHERE id = :id ORDER BY x OFFSET 0 ROWS",
    "SELECT [a:b], 'x :y' FROM t WHERE id = :id -- :z",
  ])("but not %s", (query) => {
    expect(composer.check(strategyOf(query, { id: "bigint" }))).toEqual([]);
  });
});

test("a parameter of the driver's own is refused, a system variable is none", () => {
  expect(composer.check(strategyOf("SELECT @p1 AS x, :id AS y", { id: "bigint" }))[0]?.message).toMatch(/by name/);
  expect(composer.check(strategyOf("SELECT @@ROWCOUNT AS x, :id AS y", { id: "bigint" }))).toEqual([]);
});

test("names are quoted", () => {
  expect(sqlServerDialect.quoteIdentifier("a]b")).toBe("[a]]b]");
});
