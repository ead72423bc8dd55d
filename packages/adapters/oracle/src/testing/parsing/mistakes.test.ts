import { describe, expect, test } from "vitest";
import { checkStatement, lintStatement } from "./check-statement.ts";
import { everyStatement } from "./every-statement.ts";
import { grammarProblems } from "./grammar.ts";

const block = (body: string, declared = "") => `DECLARE\n  l_n NUMBER;\n${declared}BEGIN\n  l_n := 1;\n  ${body}\nEND;`;

describe("what the grammar takes and Oracle does not is noticed:", () => {
  test.each([
    // Locks.
    ["a lock on a limited query", "SELECT a FROM t FETCH FIRST 5 ROWS ONLY FOR UPDATE", 2014],
    ["a lock on a set", "SELECT a FROM t UNION SELECT a FROM u FOR UPDATE", 2014],
    ["a lock on what is distinct", "SELECT DISTINCT a FROM t FOR UPDATE", 1786],
    ["a lock on a view in line", "SELECT x.a FROM (SELECT a FROM t ORDER BY a) x FOR UPDATE SKIP LOCKED", 2014],
    ["a lock in a sub-query", "UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t FOR UPDATE SKIP LOCKED)", 907],
    ["a bound time to wait", "SELECT a FROM t FOR UPDATE WAIT :seconds", 30005],
    ["ROWNUM before SKIP LOCKED", "SELECT a FROM t WHERE ROWNUM <= 5 FOR UPDATE SKIP LOCKED", undefined],
    // Other dialects.
    ["a limit", "SELECT a FROM t LIMIT 5", 933],
    ["RETURNING without INTO", "UPDATE t SET a = 1 RETURNING a", 925],
    ["a SELECT without FROM", "SELECT 1", 923],
    ["a SELECT without FROM inside", "SELECT a FROM t WHERE a = (SELECT 1)", 923],
    ["several rows of values", "INSERT INTO t (a) VALUES (1), (2)", 933],
    ["AS before a table's alias", "SELECT x.a FROM t AS x", 933],
    ["AS before a joined table's alias", "SELECT x.a FROM t x JOIN u AS y ON y.a = x.a", 933],
    ["an interval in words", "SELECT a FROM t WHERE b > SYSTIMESTAMP - INTERVAL '1 day'", 30089],
    ["a truth value", "SELECT a FROM t WHERE b = TRUE", 904],
    ["another dialect's function", "SELECT NOW() FROM dual", 904],
    ["another dialect's type", "CREATE TABLE t (a BIGINT)", 902],
    ["a conflict clause", "INSERT INTO t (a) SELECT 1 FROM dual ON CONFLICT DO NOTHING", 933],
    ["IF NOT EXISTS", "CREATE TABLE IF NOT EXISTS t (a NUMBER)", 922],
    ["a star beside a column", "SELECT *, a FROM t", 923],
    // Ends.
    ["a semicolon after SQL", "SELECT a FROM t;", 933],
    ["a slash after SQL", "SELECT a FROM t\n/", 933],
    ["no semicolon after a block", "BEGIN p; END", 6550],
    // PL/SQL.
    ["BULK COLLECT in SQL", "SELECT a BULK COLLECT INTO b FROM t", 923],
    ["an undeclared variable", block("l_m := l_n;"), 6550],
    ["an unused variable", block("p(l_n);", "  l_m NUMBER;\n"), undefined],
    // Names, lengths, values.
    ["a bind with a reserved name", "SELECT a FROM t WHERE b = :rows", 1745],
    ["a column with a reserved name", "SELECT x.level FROM t x", 1747],
    ["a new column with a reserved name", "CREATE TABLE t (a NUMBER, size NUMBER)", 904],
    ["a long name", "CREATE TABLE abcdefghijklmnopqrstuvwxyz_abcde (a NUMBER)", 972],
    ["a long text", "CREATE TABLE t (a VARCHAR2(4001 CHAR))", 910],
    ["too many digits", "CREATE TABLE t (a NUMBER(39))", 1727],
    ["a long list", `SELECT a FROM t WHERE b IN (${"1,".repeat(1_000)}1)`, 1795],
    ["a comparison with an empty text", "SELECT a FROM t WHERE b = ''", undefined],
    ["ROWNUM before ORDER BY", "SELECT a FROM t WHERE ROWNUM <= :most ORDER BY a", undefined],
    ["JSON_TABLE without columns", "SELECT j.a FROM JSON_TABLE(:json, '$[*]') j", 907],
  ])("%s", (_, text, number) => {
    expect(lintStatement(text).map((each) => each.number)).toContain(number);
  });

  test("a bind that is not given, and one that is not used", () => {
    const problems = lintStatement("SELECT a FROM t WHERE b = :given AND c = :other", ["given", "spare"]);
    expect(problems.map(({ number, message }) => [number, message])).toEqual([
      [1008, ":other is not bound"],
      [1036, ":spare is bound and not used"],
    ]);
  });
});

test.each([
  ["a loop's rows, which may be locked", block("FOR r IN (SELECT a FROM t FOR UPDATE) LOOP p(l_n); END LOOP;")],
  ["a limit of BULK COLLECT", block("FETCH c BULK COLLECT INTO l_n LIMIT 5;")],
  ["AS before a column's alias, and in a cast", "SELECT CAST(a AS NUMBER) AS b FROM t x WHERE ROWNUM <= 5"],
  ["a lock on a table", "SELECT a FROM t WHERE b = (SELECT MIN(b) FROM u) FOR UPDATE NOWAIT"],
  ["a word in a text", "SELECT 'LIMIT 5; NOW() = ''''' FROM dual"],
])("nothing is said against %s", (_, text) => {
  expect(lintStatement(text)).toEqual([]);
});

describe("what the grammar refuses:", { timeout: 300_000 }, () => {
  test.each([
    ["a misspelt verb", "SELCT 1 FROM dual"],
    ["a parenthesis too few", "DELETE FROM t WHERE a = TO_NUMBER(:a"],
    ["a comma too many", "INSERT INTO t (a, b,) VALUES (1, 2)"],
    ["UPDATE without SET", "UPDATE t a = 1"],
    ["a text that does not end", "DELETE FROM t WHERE a = 'b"],
    ["backticks", "DELETE FROM `t`"],
    ["a block without END", "BEGIN DELETE FROM t;"],
    ["an IF without END IF", "BEGIN IF a = 1 THEN b; END;"],
  ])("%s", (_, text) => {
    expect(grammarProblems(text).length).toBeGreaterThan(0);
  });
});

test("a statement of ours in which something is missing is noticed", { timeout: 300_000 }, () => {
  const record = everyStatement({ schema: undefined, prefix: "syncline_" }).find(({ name }) => name === "record");
  for (const part of ["INTO ", "VALUES ", ", :operation)", ":category", "INSERT"]) {
    const broken = record?.text.replace(part, "") ?? "";
    expect(broken).not.toBe(record?.text);
    expect(checkStatement(broken, record?.binds), part).not.toEqual([]);
  }
});
