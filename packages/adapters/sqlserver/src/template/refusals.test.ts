import { createQueryComposer } from "@syncline/core";
import type { FieldType } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import { sqlServerDialect } from "../dialect.ts";

const composer = createQueryComposer(sqlServerDialect);
const fields: { readonly [name: string]: FieldType } = {
  id: "bigint",
  n: "integer",
  s: "string",
  q: "string",
  ts: "timestamp",
};

function check(query: string, compose: "set" | "each"): readonly string[] {
  const strategy = { ...testStrategy({ category: { name: "c", fields }, compose }), query };
  return composer.check(strategy).map(({ message }) => message);
}

const each = ' Declare compose: "each".';

describe("no form helps", () => {
  test.each([
    ["what writes", "SELECT id INTO #x FROM t WHERE id = :id", "The query must be one SELECT; INTO has no place in it"],
    ["two statements", "SELECT 1 AS x WHERE 1 = :id DELETE FROM t", "DELETE has no place in it"],
    ["a sequence", "SELECT NEXT VALUE FOR s AS x, :id AS k", "NEXT VALUE has no place in it"],
    ["a statement that waits", "SELECT :id AS x WAITFOR DELAY '00:00:01'", "WAITFOR has no place in it"],
    ["rows without a SELECT", "VALUES (:id)", "SELECT … FROM (VALUES (:id)) AS v (id)"],
    [
      "a whole as JSON",
      "SELECT id FROM t WHERE id = :id FOR JSON PATH, ROOT('r')",
      "SELECT (SELECT … FOR JSON …) AS name",
    ],
    ["a whole as XML", "SELECT id FROM t WHERE id = :id FOR XML PATH('r')", "SELECT (SELECT … FOR XML …) AS name"],
    ["a whole to browse", "SELECT id FROM t WHERE id = :id FOR BROWSE", "leave FOR BROWSE out"],
    ["a line of tools", "SELECT id FROM t WHERE id = :id\nGO", "GO is no SQL"],
    ["a line of tools with a count", "SELECT id FROM t WHERE id = :id \r\n  go 5 -- x\n", "GO is no SQL"],
    ["a line of tools between", "SELECT id FROM t WHERE id = :id\nGO\nSELECT 2 AS x", "GO is no SQL"],
    ["TOP without parentheses", "SELECT TOP :n id FROM t", "TOP (:n)"],
    ["TOP without parentheses, inside", "SELECT id FROM (SELECT DISTINCT TOP :n id FROM t) AS d", "TOP (:n)"],
    ["an XML method's argument", "SELECT t.x.value(:s, 'int') AS v FROM t", `sql:column("k.s")`],
    [
      "an XML method's path in two parts",
      "SELECT x.value('/a/' + :s, N'nvarchar(10)') AS v FROM t",
      `sql:column("k.s")`,
    ],
    ["a sample", "SELECT id FROM t TABLESAMPLE (:n PERCENT)", "TABLESAMPLE takes"],
    ["a sample's seed", "SELECT id FROM t TABLESAMPLE SYSTEM (10 PERCENT) REPEATABLE (:n)", "TABLESAMPLE takes"],
    ["columns of a pivot", "SELECT * FROM t PIVOT (SUM(v) FOR c IN (:n)) AS p", "PIVOT takes"],
    ["columns of an unpivot", "SELECT * FROM t UNPIVOT (v FOR c IN ([a], :n)) AS p", "UNPIVOT takes"],
    ["a part of a date", "SELECT DATEADD(:s, 1, d) AS d FROM t", "DATEADD takes"],
    [
      "a window's frame",
      "SELECT SUM(v) OVER (ORDER BY d ROWS BETWEEN :n PRECEDING AND CURRENT ROW) AS v FROM t",
      "frame",
    ],
    ["a group of the key", "SELECT :id AS k, COUNT(*) AS n FROM t GROUP BY :id", "HAVING COUNT(*) > 0"],
    ["a group of the key and a column", "SELECT a, COUNT(*) AS n FROM t GROUP BY a, (:id)", "leave :id out"],
    [
      "a group of a converted key",
      "SELECT a FROM (SELECT a FROM t GROUP BY CAST(:id AS int) + 1, a) AS d",
      "leave :id out",
    ],
    ["an expression as separator", "SELECT STRING_AGG(a, ',' + :s) AS a FROM t", "STRING_AGG's separator"],
    ["an expression as search", "SELECT a FROM t WHERE CONTAINS(a, UPPER(:q))", "CONTAINS takes"],
    ["an expression as time", "SELECT a FROM t FOR SYSTEM_TIME AS OF DATEADD(DAY, -1, :ts)", "FOR SYSTEM_TIME takes"],
    [
      "a converted key as time",
      "SELECT a FROM t FOR SYSTEM_TIME AS OF CAST(:ts AS datetime2)",
      "FOR SYSTEM_TIME takes",
    ],
  ])("%s: %s", (_, query, said) => {
    for (const compose of ["set", "each"] as const) {
      expect(check(query, compose)).toEqual([expect.stringContaining(said)]);
      expect(check(query, compose)[0]).not.toContain(each);
    }
  });
});

describe("a column needs a name of its own", () => {
  test.each([
    ["SELECT COUNT(*) FROM t WHERE id = :id", "Column 1 has no name: write COUNT(*) AS name."],
    ["SELECT a, :id FROM t", "Column 2 has no name"],
    [
      "SELECT DISTINCT TOP (5) PERCENT WITH TIES a, b + 1 FROM t WHERE id = :id",
      "Column 2 has no name: write b + 1 AS name.",
    ],
    ["SELECT 'a' FROM t WHERE id = :id", "Column 1 has no name"],
    ["SELECT CASE WHEN a = :id THEN 1 END FROM t", "Column 1 has no name"],
    ["SELECT (SELECT MAX(x) AS m FROM u) FROM t WHERE id = :id", "Column 1 has no name"],
    ["SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t WHERE id = :id", "Column 1 has no name"],
    ["SELECT STRING_AGG(a, ',') WITHIN GROUP (ORDER BY a), b FROM t WHERE id = :id", "Column 1 has no name"],
    ["SELECT ((a + 1)), b FROM t WHERE id = :id", "Column 1 has no name"],
    ["SELECT NULL, a FROM t WHERE id = :id", "Column 1 has no name"],
    ["(SELECT a + b FROM t WHERE id = :id) UNION ALL SELECT 1 AS x", "Column 1 has no name"],
    ["WITH c AS (SELECT 1 AS x) SELECT MAX(x) FROM c WHERE x = :id", "Column 1 has no name"],
    ["SELECT a.id, b.id FROM a JOIN b ON a.id = b.a WHERE a.id = :id", "Columns 1 and 2 are both called id"],
    ["SELECT [a b], x AS y, z 'a b' FROM t WHERE id = :id", "Columns 1 and 3 are both called a b"],
    ['SELECT y = COUNT(*), 1 AS "y" FROM t WHERE id = :id', "Columns 1 and 2 are both called y"],
  ])("%s", (query, said) => {
    for (const compose of ["set", "each"] as const)
      expect(check(query, compose)).toEqual([expect.stringContaining(said)]);
  });
});

describe("each helps", () => {
  test.each([
    ["hints for the whole", "SELECT id FROM t WHERE id = :id OPTION (RECOMPILE)", "OPTION"],
    ["common tables", "WITH a AS (SELECT :id AS x) SELECT x FROM a", "begins with WITH"],
    ["order alone", "SELECT id, Offset FROM t WHERE id = :id ORDER BY id", "ORDER BY, unless there is a TOP or OFFSET"],
    ["order of a whole", "SELECT TOP 1 id FROM t WHERE id = :id UNION ALL SELECT id FROM u ORDER BY id", "ORDER BY"],
    ["key and column", "SELECT SUM(CASE WHEN st = :s THEN v ELSE 0 END) AS x FROM t WHERE id = :id", "SUM"],
    ["key and column, within", "SELECT id FROM t HAVING COUNT(DISTINCT NULLIF(st, :s)) > 1", "COUNT"],
    ["the key alone", "SELECT MAX(:id) AS x FROM t", "MAX"],
    ["the key alone, within", "SELECT (SELECT COUNT_BIG(:id) FROM u) AS x FROM t", "COUNT_BIG"],
    ["a separator", "SELECT STRING_AGG(name, :s) WITHIN GROUP (ORDER BY name) AS a FROM t", "STRING_AGG"],
    ["a search", "SELECT a FROM t WHERE CONTAINS((a, b), :q, LANGUAGE 1033)", "CONTAINS"],
    ["a free search", "SELECT a FROM t WHERE FREETEXT(*, :q)", "FREETEXT"],
    ["a table of a search", "SELECT k.[KEY] AS a FROM FREETEXTTABLE(t, body, :q) AS k", "FREETEXTTABLE"],
    ["a table of another search", "SELECT k.[KEY] AS a FROM CONTAINSTABLE(t, *, :q, 10) AS k", "CONTAINSTABLE"],
    ["a time", "SELECT id FROM t FOR SYSTEM_TIME AS OF :ts WHERE id = :id", "FOR SYSTEM_TIME"],
    ["a time from", "SELECT id FROM t FOR SYSTEM_TIME FROM :ts TO '9999-12-31' AS x", "FOR SYSTEM_TIME"],
    ["a time between", "SELECT id FROM t FOR SYSTEM_TIME BETWEEN '2020-01-01' AND :ts", "FOR SYSTEM_TIME"],
    ["a time contained", "SELECT id FROM t FOR SYSTEM_TIME CONTAINED IN ('2020-01-01', :ts)", "FOR SYSTEM_TIME"],
  ])("%s: %s", (_, query, said) => {
    expect(check(query, "set")).toEqual([expect.stringMatching(new RegExp(`${said}.*${each}$`))]);
    expect(check(query, "each")).toEqual([]);
  });
});

describe("nothing is wrong with", () => {
  test.each([
    // Names and their ways.
    "SELECT * FROM a JOIN b ON a.id = b.id WHERE a.id = :id",
    "SELECT a.*, b.* FROM a JOIN b ON a.id = b.id WHERE a.id = :id",
    "SELECT a.id, b.id AS b_id, c = 1, COUNT(*) n, 'x' AS [GO], :id \"k\", NULL 'z', 1e FROM a, b",
    "SELECT id, ID FROM t WHERE id = :id",
    "SELECT (id), +b, +(e), ((f)), c COLLATE Latin1_General_BIN, d COLLATE Latin1_General_BIN FROM t WHERE id = :id",
    "SELECT a AT TIME ZONE 'UTC' AS a, b AT TIME ZONE 'UTC' AS b FROM t WHERE id = :id",
    "SELECT $ROWGUID, t.$IDENTITY, 1a, {fn NOW()} AS n FROM t WHERE id = :id",
    "SELECT CASE WHEN a IS DISTINCT FROM b THEN 1 ELSE 0 END AS same, TRIM('x' FROM c) AS c FROM t WHERE id = :id",
    "SELECT x FROM (SELECT COUNT(*) AS x, 1 AS y FROM t GROUP BY a) AS d WHERE x = :id",
    "SELECT id AS x FROM t WHERE id = :id UNION ALL SELECT COUNT(*) FROM u",
    "SELECT v.a FROM (VALUES (:id), (2)) AS v (a)",
    "SELECT d.a FROM (SELECT COUNT(*), 1 FROM t WHERE id = :id) AS d (a, b)",
    "SELECT location.Lat, location.Long FROM t WHERE id = :id",
    // Texts, quoted names, comments.
    "SELECT 'OPTION (' AS a, [FOR JSON PATH], \"GROUP BY :id\" FROM t WHERE id = :id -- OPTION (RECOMPILE)\n/* FOR XML\nGO\n*/",
    "SELECT id, '\nGO\n' AS x FROM t WHERE id = :id",
    "SELECT id,\n  go\nFROM t WHERE id = :id",
    "SELECT id FROM t WHERE id = :id AND t.\ngo\n= 1 ORDER BY\ngo\nOFFSET 0 ROWS",
    "SELECT 1 AS\ngo\nWHERE 1 = :id",
    // FOR, OPTION, ORDER BY and GROUP BY of a sub-query.
    "SELECT (SELECT a, :id AS k FROM u FOR JSON PATH) AS j FROM t",
    "SELECT STUFF((SELECT ',' + name FROM u WHERE u.id = :id ORDER BY name FOR XML PATH(''), TYPE).value('.', 'nvarchar(max)'), 1, 1, '') AS l",
    "SELECT x.value('(/a/@b)[1]', 'int') AS b FROM t CROSS APPLY doc.nodes('/a') AS n(x) WHERE t.id = :id",
    "SELECT dbo.value(:s, 'int') AS v, u.value(:s, 1) AS w FROM t",
    // Aggregates that the key stands beside, and not in.
    "SELECT SUM(v) + :n AS x, MAX(a) AS y FROM t WHERE b = :s GROUP BY c HAVING COUNT(*) > :n",
    "SELECT SUM(v * k.n) AS x FROM t CROSS APPLY (SELECT :n AS n) AS k",
    "SELECT SUM(CASE WHEN st = :s THEN v END) OVER (PARTITION BY a) AS x FROM t",
    "SELECT dbo.MAX(:id) AS x, t.sum, [COUNT] FROM t",
    "SELECT STRING_AGG(name, ', ') AS a FROM t WHERE b = :s",
    "SELECT GREATEST(a, :n) AS x, COALESCE(MIN(a), :n) AS y FROM t GROUP BY a",
    // Groups with a column.
    "SELECT COUNT(*) AS n FROM t GROUP BY a + :n, DATEDIFF(DAY, d, :ts)",
    "SELECT COUNT(*) AS n FROM t WHERE id = :id GROUP BY ()",
    "SELECT STRING_AGG(a, ',') WITHIN GROUP (ORDER BY b) AS x FROM t WHERE id = :id GROUP BY c",
    // Places that take an expression.
    "SELECT TOP (:n) id FROM t ORDER BY id",
    "SELECT TOP 5 :id AS k, [top] FROM t ORDER BY id",
    "SELECT id FROM t ORDER BY id OFFSET :n ROWS FETCH NEXT (:n) ROWS ONLY",
    "SELECT id FROM t FOR SYSTEM_TIME ALL WHERE id = :id AND ts BETWEEN :ts AND :ts",
    "SELECT id FROM t FOR SYSTEM_TIME AS OF '2020-01-01' AS x WHERE x.ts = :ts",
    "SELECT id FROM t FOR SYSTEM_TIME BETWEEN '2020-01-01' AND '2021-01-01' WHERE x IN (:n)",
    "SELECT id FROM t TABLESAMPLE (10 PERCENT) WHERE id IN (:n)",
    "SELECT p.[1] FROM t PIVOT (SUM(v) FOR c IN ([1], [2])) AS p WHERE p.id IN (:id)",
    "SELECT DATEADD(DAY, :n, d) AS d, LAG(v, :n) OVER (ORDER BY d ROWS UNBOUNDED PRECEDING) AS v FROM t",
    "SELECT id FROM t WHERE CONTAINS(a, 'x') AND b = :s AND geo.STContains(:q) = 1",
    "SELECT a.x FROM a INNER MERGE JOIN b ON a.x = b.x WHERE a.x = :id",
  ])("%s", (query) => {
    expect(check(query, "set")).toEqual([]);
    expect(check(query, "each")).toEqual([]);
  });
});

test("a long template is judged in time", () => {
  for (const [before, piece, after] of [
    ["SELECT ", "(", `1${")".repeat(20_000)} FROM t WHERE id = :id`],
    ["SELECT ", "SUM(", `:id${")".repeat(20_000)} AS x FROM t`],
    ["SELECT a FROM t WHERE id = :id ORDER BY a", " OFFSET", " 0"],
    ["SELECT a FROM t WHERE id = :id GROUP BY a", ", (a + :id)", ""],
    ["SELECT a FROM t WHERE id = :id AND x = 1", "\nGO", ""],
  ] as const)
    expect(check(before + piece.repeat(20_000) + after, "set").length).toBeGreaterThanOrEqual(0);
});
