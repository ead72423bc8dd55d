import { createQueryComposer } from "@syncline/core";
import type { FieldType, Strategy, TemplateDescription } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import { markAttested } from "./attested.ts";
import { sqlServerDialect } from "./dialect.ts";

const composer = createQueryComposer(sqlServerDialect);

function strategyOf(
  query: string,
  fields: { [name: string]: FieldType },
  compose: Strategy["compose"] = "set",
): Strategy {
  return testStrategy({ category: { name: "c", fields }, query, compose });
}

describe("a template", () => {
  const order = strategyOf("SELECT o.id, o.total FROM orders AS o WHERE o.id = :orderId -- one\n", {
    orderId: "bigint",
  });

  test("is joined to the keys of a set", () => {
    const { statements } = composer.compose(order, [{ orderId: "9223372036854775807" }, { orderId: "2" }]);
    expect(statements).toEqual([
      {
        text: `SELECT [syncline keys].[#], [syncline row].*
FROM OPENJSON(@p1) WITH ([#] int '$.n', [:orderId] bigint '$.k1') AS [syncline keys]
OUTER APPLY (
SELECT 1 AS [?], [syncline template].* FROM (
SELECT o.id, o.total FROM orders AS o WHERE o.id = [syncline keys].[:orderId] -- one

) AS [syncline template]
) AS [syncline row]
WHERE [syncline keys].[:orderId] IS NOT NULL`,
        parameters: [{ type: "nvarchar(max)", value: '[{"n":0,"k1":"9223372036854775807"},{"n":1,"k1":"2"}]' }],
      },
    ]);
  });

  test("or runs behind a fence, once for each key of the set", () => {
    const { statements } = composer.compose(order, [{ orderId: "1" }], { form: "fenced" });
    expect(statements[0]?.text).toContain("SELECT TOP (9223372036854775807) 1 AS [?], [syncline template].* FROM (");
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
    expect(texts[1]).toBe(`${markAttested("")}SELECT ${alone} AS v`);
  });

  test("never gets a value into its text", () => {
    const nasty = `'; DROP TABLE o; --]"`;
    for (const compose of ["set", "each", "fenced"] as const) {
      const { statements } = composer.compose(strategyOf("SELECT :v AS v", { v: "string" }, compose), [{ v: nasty }]);
      expect(statements[0]?.text).not.toContain("DROP");
      expect(JSON.stringify(statements[0]?.parameters)).toContain("DROP");
    }
  });
});

describe("a type that the server infers", () => {
  const fields = { v: "string", n: "decimal" } as const;
  const strategy = strategyOf("SELECT 1 AS x WHERE a = :v AND b = :v AND c = :n", fields);
  const description: TemplateDescription = {
    types: ["varchar", "datetime2(3)", "decimal(38, 19)"],
    equality: {},
    problems: [],
  };
  const key = { v: "2026-01-02T03:04:05.678", n: "1.0123456789" };
  const inSet = composer.compose(strategy, [key], { description }).statements[0];
  const alone = composer.compose(strategy, [key], { description, form: "each" }).statements[0];

  test("is converted to where the parameter stands, one column of the set for each", () => {
    const column = (name: string) => `CAST(CAST([syncline keys].[:${name}] AS varbinary(800)) AS nvarchar(400))`;
    expect(inSet?.text).toContain(
      "WITH ([#] int '$.n', [:v] nvarchar(400) '$.k1', [:v 2] nvarchar(400) '$.k2', [:n] nvarchar(400) '$.k3')",
    );
    expect(inSet?.text).toContain(`a = CASE WHEN CAST(CAST(${column("v")} AS varchar(1200)) AS nvarchar(400)) = `);
    expect(inSet?.text).toContain(`THEN CONVERT(datetime2(3), ${column("v 2")}, 126) ELSE`);
    expect(inSet?.text).toContain("c = CAST([syncline keys].[:n] AS decimal(38, 19))");
    expect(inSet?.parameters).toEqual([
      { type: "nvarchar(max)", value: JSON.stringify([{ n: 0, k1: key.v, k2: key.v, k3: key.n }]) },
    ]);
    expect(alone?.parameters).toEqual([key.v, key.v, key.n]);
  });

  test("never cuts, rounds or respells a key: what would change fails", () => {
    expect(alone?.text).toContain(
      "CASE WHEN CAST(CAST(@p1 AS varchar(1200)) AS nvarchar(400)) = @p1 COLLATE Latin1_General_100_BIN2 " +
        "THEN CAST(@p1 AS varchar(1200)) ELSE CAST(CAST(@p1 AS int) AS varchar(1200)) END",
    );
    expect(alone?.text).toContain(
      "CASE WHEN CONVERT(datetime2(3), @p2, 126) = CONVERT(datetime2(7), @p2, 126) THEN CONVERT(datetime2(3), @p2, 126)",
    );
    const datetime = sqlServerDialect.parameter(1, "string", "datetime");
    expect(datetime).toContain("CAST(CONVERT(datetime, @p1, 126) AS datetime2(3)) = CONVERT(datetime2(7), @p1, 126)");
    expect(sqlServerDialect.parameter(1, "timestamp", "datetimeoffset(3)")).toContain(
      "CONVERT(datetimeoffset(3), @p1, 126) = CONVERT(datetimeoffset(7), @p1, 126)",
    );
    for (const n of ["1.01234567890123456789", "1".repeat(20)])
      expect(() => composer.compose(strategy, [{ ...key, n }], { description })).toThrow(/digits/);
  });
});

test("a key stands as a plain variable where the server takes nothing else, alone and with a type that it infers", () => {
  const query = "SELECT STRING_AGG(a, :s) AS a FROM t FOR SYSTEM_TIME AS OF :ts WHERE b = :ts";
  const strategy = strategyOf(query, { s: "string", ts: "timestamp" }, "each");
  const key = { s: "/", ts: "2026-01-02T03:04:05.678Z" };
  const [own] = composer.compose(strategy, [key]).statements;
  expect(own?.text).toContain("STRING_AGG(a, @p1) AS a FROM t FOR SYSTEM_TIME AS OF @p2 WHERE b = CAST(@p2 AS ");
  const types = ["varchar", "datetime2(3)", undefined];
  const [inferred] = composer.compose(strategy, [key], {
    description: { types, equality: {}, problems: [] },
  }).statements;
  expect(inferred?.text).toContain("STRING_AGG(a, @p1) AS a FROM t FOR SYSTEM_TIME AS OF @p2 WHERE b = CAST(@p3 AS ");
});

test("a key that lacks a field is refused, and never compared as an empty text", () => {
  const strategy = strategyOf("SELECT 1 AS x WHERE a = :v", { v: "string" });
  for (const compose of ["joined", "fenced", "each"] as const)
    expect(() => composer.compose({ ...strategy, compose }, [{}])).toThrow(
      expect.objectContaining({ code: "query.data" }),
    );
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
  ])("%s", (query, message) => {
    expect(composer.check(strategyOf(query, { id: "bigint" }))[0]?.message).toMatch(message);
    const alone = composer.check(strategyOf(query, { id: "bigint" }, "each"));
    expect(alone).toEqual([]);
  });

  test.each([
    "SELECT TOP (1) x FROM t WHERE id = :id ORDER BY x DESC",
    "SELECT x FROM t WHERE id = :id ORDER BY x OFFSET 0 ROWS",
    "SELECT [a:b], 'x :y' AS c FROM t WHERE id = :id -- :z",
  ])("but not %s", (query) => {
    expect(composer.check(strategyOf(query, { id: "bigint" }))).toEqual([]);
  });
});

test("a parameter of the driver's own is refused, a system variable is none", () => {
  expect(composer.check(strategyOf("SELECT @p1 AS x, :id AS y", { id: "bigint" }))[0]?.message).toMatch(/by name/);
  expect(composer.check(strategyOf("SELECT @@ROWCOUNT AS x, :id AS y", { id: "bigint" }))).toEqual([]);
});

describe("the double colon of a static method is one token", () => {
  const fields = { id: "bigint", q: "string" } as const;
  test.each([
    "SELECT geography::Point(Lat, Lon, 4326).ToString() AS p FROM t WHERE id = :id",
    "SELECT geography::q(1).Lat AS lat, hierarchyid :: GetRoot() AS r FROM t WHERE id = :id",
    "SELECT name FROM ::fn_helpcollations() WHERE name = :q",
  ])("%s", (query) => {
    const strategy = strategyOf(query, fields);
    expect(composer.check(strategy)).toEqual([]);
    const own = query.replace(/ :(id|q)$/, "");
    expect(composer.compose(strategy, [{ id: "1", q: "x" }]).statements[0]?.text).toContain(`\n${own} `);
  });
});

test("names are quoted", () => {
  expect(sqlServerDialect.quoteIdentifier("a]b")).toBe("[a]]b]");
});
