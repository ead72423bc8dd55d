import { describe, expect, test } from "vitest";
import { refuseSet, refuseTemplate } from "./refusals.ts";

describe("in every form, a template is refused", () => {
  test.each([
    ["that locks", "SELECT a FROM t WHERE id = :id FOR UPDATE", "FOR UPDATE"],
    ["that selects into a variable", "SELECT a INTO v FROM t WHERE id = :id", "PL/SQL"],
    ["that draws from a sequence", "SELECT sq.NEXTVAL AS n FROM t WHERE id = :id", "NEXTVAL"],
    ["with a parameter where a date's literal stands", "SELECT a FROM t WHERE d = DATE :day", "write :day without it"],
    ["with a parameter where a time's literal stands", "SELECT a FROM t WHERE d > TIMESTAMP :at", "literal"],
    ["with a parameter where an interval's literal stands", "SELECT a FROM t WHERE d > INTERVAL :n DAY", "literal"],
    ["that ends as in SQL*Plus", "SELECT a FROM t WHERE id = :id\n/ -- end", "SQL*Plus"],
    ["with a bind in quotes", `SELECT a FROM t WHERE id = :"id"`, "is a bind"],
    ["with a bind behind a blank", "SELECT a FROM t WHERE id = :id OR b IN (: id)", "is a bind"],
  ])("%s", (_, template, said) => {
    expect(refuseTemplate(template)).toContain(said);
  });

  test.each([
    "SELECT a FROM t AS OF TIMESTAMP :ts WHERE id = :id",
    "SELECT a FROM t VERSIONS BETWEEN TIMESTAMP :ts AND MAXVALUE WHERE id = :id",
    "SELECT JSON_OBJECT('a' : b, 'c' : d) AS j FROM t WHERE id = :id",
    "SELECT 'FOR UPDATE' AS a, x.nextvalue, DATE '2024-01-01' AS b FROM x WHERE id = :id -- INTO",
    `SELECT a / b AS c, ":id" FROM t WHERE id = :id`,
  ])("and not %s", (template) => {
    expect(refuseTemplate(template)).toBeUndefined();
  });
});

describe("as a set, a template is refused", () => {
  test.each([
    ["that begins with a common table", "-- x\n (WITH a AS (SELECT 1 AS x FROM dual) SELECT x FROM a)", "common table"],
    [
      "whose inner common table uses a key",
      "SELECT x FROM (WITH a AS (SELECT id AS x FROM t WHERE id = :id) SELECT x FROM a)",
      "common table",
    ],
    [
      "of which a part has a common table that uses a key",
      "SELECT id FROM t WHERE id = :id UNION ALL (WITH a AS (SELECT id FROM u WHERE id = :id) SELECT id FROM a)",
      "common table",
    ],
    ["that looks back to a key's time", "SELECT id FROM t AS OF TIMESTAMP :ts WHERE id = :id", "OF TIMESTAMP"],
    ["that looks back to a key's SCN", "SELECT id FROM t AS OF SCN :scn WHERE id = :id", "OF SCN"],
    [
      "that reads versions since a key",
      "SELECT id FROM t VERSIONS BETWEEN TIMESTAMP :ts AND MAXVALUE",
      "takes no column",
    ],
    ["that fetches first rows", "SELECT a FROM t WHERE id = :id ORDER BY a FETCH FIRST 1 ROW ONLY", "ROWNUM"],
    ["that fetches next rows", "SELECT a FROM t WHERE id = :id OFFSET 2 ROWS FETCH NEXT ROWS ONLY", "ROWNUM"],
  ])("%s", (_, template, said) => {
    expect(refuseSet(template)).toContain(said);
  });

  test.each([
    "SELECT within FROM t WHERE id = :id",
    "SELECT x FROM (WITH a AS (SELECT 1 AS x FROM dual) SELECT x FROM a) WHERE x = :id",
    "SELECT a FROM t AS OF TIMESTAMP SYSTIMESTAMP WHERE id = :id",
    "SELECT a FROM (SELECT a FROM t WHERE id = :id ORDER BY a) WHERE ROWNUM <= 1",
    "SELECT fetch.first FROM fetch WHERE id = :id",
  ])("and not %s", (template) => {
    expect(refuseSet(template)).toBeUndefined();
  });
});
