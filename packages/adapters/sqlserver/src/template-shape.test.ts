import { describe, expect, test } from "vitest";
import { shapeOf } from "./template-shape.ts";

describe("one SELECT", () => {
  test.each([
    "SELECT 1",
    "select t.[update], t.\"delete\" from t where t.x = 'DROP TABLE t' -- DELETE",
    "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
    "(SELECT 1 AS x) UNION ALL SELECT 2;",
    "SELECT 1 /* COMMIT /* nested */ DELETE */ AS x",
    "SELECT a.x FROM a INNER MERGE JOIN b ON a.x = b.x OPTION (USE HINT ('RECOMPILE'))",
    "SELECT x FROM t ORDER BY x OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY",
    "SELECT value, updated, deleted_at, begin_date, @settings FROM t",
    "SELECT N'it''s; DELETE' AS x, [a]]b; DROP] FROM t",
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
    ["SELECT * FROM OPENQUERY(other, 'DELETE FROM t')", /OPENQUERY has no place/],
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
