import { describe, expect, test } from "vitest";
import { shapeOf } from "./template-shape.ts";

describe("one SELECT", () => {
  test.each([
    "SELECT 1",
    "select t.[update], t.\"delete\" from t where t.x = 'DROP TABLE t' -- DELETE",
    "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
    "(SELECT 1 AS x) UNION ALL SELECT 2;",
    "WITH a AS (SELECT 1 AS x), b (y) AS (SELECT 2) SELECT x FROM a UNION SELECT y FROM b EXCEPT (SELECT 3)",
    "SELECT 1 /* COMMIT /* nested */ DELETE */ AS x",
    "SELECT a.x FROM a INNER MERGE JOIN b ON a.x = b.x OPTION (USE HINT ('RECOMPILE'))",
    "SELECT x FROM t ORDER BY x OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY",
    "SELECT value, updated, deleted_at, begin_date, @settings FROM t",
    "SELECT N'it''s; DELETE' AS x, [a]]b; DROP] FROM t",
    "SELECT t.tablock, [xlock] AS [updlock], COUNT(holdlocks) FROM t WITH (READCOMMITTEDLOCK, INDEX (i), FORCESEEK)",
    "SELECT t.x, MAX_GRANT_PERCENT FROM shop.dbo.t, shop..u, 1.5 AS n",
  ])("is %s", (text) => {
    expect(shapeOf(text).refusal).toBeUndefined();
  });

  test.each<[string, RegExp]>([
    ["", /begins with nothing/],
    ["DELETE FROM t", /begins with DELETE/],
    ["sp_who", /begins with SP_WHO/],
    ["SELECT 1 DELETE FROM t", /DELETE has no place/],
    ["SELECT 1; SELECT 2", /; has no place/],
    ["SELECT 1;;", /; has no place/],
    ["SELECT * INTO t2 FROM t", /INTO has no place/],
    ["WITH a AS (SELECT 1 AS x) UPDATE a SET x = 2", /UPDATE has no place/],
    ["SELECT 1 COMMIT", /COMMIT has no place/],
    ["SELECT 1 exec('DELETE FROM t')", /EXEC has no place/],
    ["SELECT 1 MERGE t USING s ON 1 = 1", /MERGE has no place/],
    ["SELECT NEXT VALUE FOR s", /VALUE has no place/],
    ["SELECT NEXT VALUE FOR s AS n", /NEXT VALUE has no place in it: a read draws nothing from a sequence/],
    ["SELECT * FROM OPENQUERY(other, 'DELETE FROM t')", /OPENQUERY has no place in it: it may write elsewhere/],
    ["SELECT x INTO #t FROM t", /INTO has no place in it: a read writes nothing/],
    ["SELECT x FROM t WITH (TABLOCKX)", /locks nothing: leave TABLOCKX out/],
    ["SELECT x FROM t WITH (INDEX (i) updlock, ROWLOCK)", /leave UPDLOCK out/],
    ["SELECT x FROM t (NOLOCK) WHERE id = :id", /With NOLOCK, a row that is there/],
    ["SELECT x FROM t AS a WITH (ROWLOCK, readpast) WHERE id = :id", /With READPAST/],
    ["SELECT x FROM t WITH (READUNCOMMITTED)", /With READUNCOMMITTED/],
    ["SELECT x FROM t (XLOCK)", /leave XLOCK out/],
    ["SELECT x FROM t AS a WITH (NOWAIT /* */ HOLDLOCK)", /leave HOLDLOCK out/],
    ["SELECT x FROM (SELECT y FROM u WITH(serializable)) AS a", /leave SERIALIZABLE out/],
    ["SELECT x FROM t OPTION (TABLE HINT (t, TABLOCK))", /leave TABLOCK out/],
    ["SELECT x FROM t OPTION (MAXDOP 1, MIN_GRANT_PERCENT = 100)", /memory .* leave MIN_GRANT_PERCENT out/],
    ["SELECT x FROM other.shop.dbo.t AS t", /four parts, which reaches another server/],
    ["SELECT x FROM [other]...t AS t", /another server/],
    ['SELECT x FROM a JOIN "other".shop..t ON 1 = 1', /another server/],
    ["SELECT AI_GENERATE_EMBEDDINGS(t.note USE MODEL m) AS x FROM t", /USE has no place/],
    ["SELECT 1 AS x SELECT 2 AS x", /a second SELECT begins in it/],
    ["(SELECT 1 AS x) SELECT 2 AS x", /a second SELECT begins in it/],
    ["WITH a AS (SELECT 1 AS x) SELECT x FROM a SELECT 2 AS x", /a second SELECT begins in it/],
    ["SELECT 1DELETE FROM t", /DELETE has no place/],
    ["SELECT 0x1 DELETE FROM t", /DELETE has no place/],
    ["SELECT 1.5e3UPDATE t SET x = 1", /UPDATE has no place/],
    ["SELECT 1exec('DELETE FROM t')", /EXEC has no place/],
    ["SELECT 1) x DELETE FROM t SELECT * FROM (SELECT 1", /closes nothing/],
    ["SELECT (1", /never closed/],
  ])("is not %s", (text, reason) => {
    expect(shapeOf(text).refusal).toMatch(reason);
  });
});

test("what sorts as a whole is told from what sorts within", () => {
  expect(shapeOf("SELECT x FROM t ORDER BY x")).toMatchObject({ isOrdered: true, isLimited: false });
  expect(shapeOf("SELECT TOP (1) x FROM t ORDER BY x")).toMatchObject({ isOrdered: true, isLimited: true });
  expect(shapeOf("SELECT ROW_NUMBER() OVER (ORDER BY x) AS n FROM t")).toMatchObject({ isOrdered: false });
  expect(shapeOf("SELECT (SELECT TOP (1) y FROM u ORDER BY y) AS y FROM t")).toMatchObject({ isOrdered: false });
});

describe("of a query that sorts its rows", () => {
  test.each([
    "SELECT TOP 5 x FROM t ORDER BY x",
    "SELECT DISTINCT TOP (:n) PERCENT x FROM t ORDER BY x",
    "SELECT x FROM t ORDER BY x OFFSET 0 ROWS",
    "SELECT x FROM t ORDER BY Offset, f(x) DESC OFFSET :n ROWS FETCH NEXT (5) ROW ONLY",
    "SELECT x FROM t UNION SELECT x FROM u ORDER BY x COLLATE Latin1_General_BIN OFFSET (1) ROW",
    "SELECT TOP 1 x FROM (SELECT 1 AS x UNION SELECT 2) AS d ORDER BY x",
  ])("sorting decides which rows there are: %s", (text) => {
    expect(shapeOf(text)).toMatchObject({ isOrdered: true, isLimited: true });
  });

  test.each([
    ["a column called Offset limits nothing", "SELECT id, Offset FROM t ORDER BY id"],
    ["nor where rows are sorted by it", "SELECT id FROM t AS a ORDER BY a.Offset, Offset DESC"],
    ["TOP of one part is not the whole's", "SELECT TOP 1 id FROM t UNION ALL SELECT id FROM u ORDER BY id"],
    ["nor is that of the last", "SELECT id FROM t EXCEPT SELECT TOP (1) id FROM u ORDER BY id"],
    ["nor that of a sub-query", "SELECT id FROM (SELECT TOP 1 id FROM t) AS d ORDER BY id"],
  ])("%s: %s", (_, text) => {
    expect(shapeOf(text)).toMatchObject({ isOrdered: true, isLimited: false });
  });
});

test("hints for the whole are told from those of a table", () => {
  expect(shapeOf("SELECT x FROM t WHERE id = 1 OPTION (RECOMPILE)")).toMatchObject({ hasOption: true });
  expect(shapeOf("SELECT [option], 'OPTION (' AS y FROM t WITH (NOLOCK) -- OPTION")).toMatchObject({
    hasOption: false,
  });
});
