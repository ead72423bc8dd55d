import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parameterUses } from "./comparisons.ts";

const comparedWith = (template: string) => parameterUses(template).map(({ comparison }) => comparison?.expression);
const where = (condition: string) => comparedWith(`SELECT x FROM t WHERE ${condition}`);

describe("what a parameter is compared with:", () => {
  test.each([
    ["a column", "t.id = :p1", ["t.id"]],
    ["a column on the right", ":p1 <= t.id AND t.b = 1", ["t.id"]],
    ["a column on the right, behind another condition", "b = 1 AND :p1 <= t.id AND (:p2 = t.c)", ["t.id", "t.c"]],
    ["a quoted column", `t."Order Id"=:p1`, [`t."Order Id"`]],
    ["an expression", "b = 1 AND UPPER(t.id) || 'x' <> :p1 OR c = 2", ["UPPER(t.id) || 'x'"]],
    ["the outer side of a join", "t.id(+) = :p1", ["t.id"]],
    ["each element of a list", "t.id NOT IN (1, :p1, :p2)", ["t.id", "t.id"]],
    ["a tuple's own column", "(t.a, UPPER(t.b)) IN ((:p1, :p2), (:p3, 'x'))", ["t.a", "UPPER(t.b)", "t.a"]],
    ["both ends of a range", "t.id BETWEEN :p1 AND :p2", ["t.id", "t.id"]],
    ["the end of a range", "t.id NOT BETWEEN 1 + 2 AND :p1 AND b = 2", ["t.id"]],
    ["the beginning of a range", ":p1 BETWEEN t.a AND t.b", ["t.a"]],
    ["in parentheses", "(b = 1 OR (t.id = :p1))", ["t.id"]],
    ["in a CASE", "CASE WHEN t.id = :p1 THEN 1 ELSE 0 END = 1", ["t.id"]],
    [
      "nothing, as an operand",
      "t.id = :p1 + 1 AND t.id = -:p2 AND t.made = :p3 AT TIME ZONE 'UTC'",
      [undefined, undefined, undefined],
    ],
    ["nothing, as an argument", "t.id = NVL(:p1, t.id) AND f(t.id, :p2) = 1", [undefined, undefined]],
    ["nothing, beside a literal", ":p1 = 'all' AND 5 < :p2", [undefined, undefined]],
    ["nothing, as a pattern", "t.id LIKE :p1", [undefined]],
    [
      "a sub-query",
      ":p1 IN (SELECT id FROM u) AND :p2 = (SELECT a FROM v)",
      ["(SELECT id FROM u)", "(SELECT a FROM v)"],
    ],
    ["any of a sub-query", ":p1 <> ALL (SELECT id FROM u WHERE f(id) = 1)", ["(SELECT id FROM u WHERE f(id) = 1)"]],
    ["the first of several columns", ":p1 NOT IN (t.a, t.b)", ["t.a"]],
    ["nothing, in the list of a SELECT", "EXISTS (SELECT :p1 FROM u)", [undefined]],
  ])("%s", (_, condition, expected) => {
    expect(where(condition)).toEqual(expected);
  });

  test.each([
    ["t.id = :p1", false],
    ["t.id <> :p1", false],
    ["t.id IN (:p1)", false],
    ["t.a = 1 AND t.id = :p1", false],
    ["t.id >= :p1", true],
    [":p1 < t.id", true],
    ["t.id BETWEEN :p1 AND 5", true],
    ["t.id NOT BETWEEN 1 AND :p1", true],
    [":p1 BETWEEN t.a AND t.b", true],
  ])("%s: by a range is %s", (condition, isRange) => {
    expect(parameterUses(`SELECT x FROM t WHERE ${condition}`)[0]?.comparison?.isRange).toBe(isRange);
  });

  test.each([
    ["t.code = NVL(:p1, 'x')", "t.code"],
    ["UPPER(t.code) = UPPER(:p1)", "UPPER(t.code)"],
    ["t.code = :p1 || '-' || t.b", "t.code"],
    ["'x' || TRIM(:p1) = t.code AND t.b = 1", "t.code"],
    ["t.code IN ('x', UPPER(:p1))", "t.code"],
    ["t.code NOT LIKE :p1 || '%'", "t.code"],
    ["t.code = (CASE WHEN :p1 = 'x' THEN 'y' ELSE :p2 END)", "t.code"],
    ["f(t.code, UPPER(:p1)) = 1", undefined],
    ["EXISTS (SELECT UPPER(:p1) FROM u)", undefined],
    ["t.code = (SELECT UPPER(:p1) FROM u)", undefined],
  ])("%s: what has it in it is compared with %s", (condition, expected) => {
    expect(parameterUses(`SELECT x FROM t WHERE ${condition}`).at(-1)?.compared?.expression).toBe(expected);
  });

  test.each([
    ["RAWTOHEX(t.id) = REPLACE(:p1, '-')", "REPLACE"],
    ["t.id = SUBSTR(TRIM(:p1), 1)", "TRIM"],
    ["t.ref = 'urn:' || :p1", "||"],
    ["t.ref LIKE :p1", "LIKE"],
    ["t.id = HEXTORAW(REPLACE(:p1, '-'))", undefined],
    ["t.id = UPPER(REPLACE(:p1, '-'))", undefined],
    ["t.ref = TO_CHAR(:p1, 'FM9990.00') || 'x'", undefined],
    ["t.id = :p1", undefined],
    ["REPLACE(t.a, 'x') IN (SELECT u.a FROM u WHERE u.id = :p1)", undefined],
    ["TRIM((SELECT u.a FROM u WHERE u.id = :p1)) = 'x'", undefined],
  ])("%s: a text is made of it by %s", (condition, maker) => {
    expect(parameterUses(`SELECT x FROM t WHERE ${condition}`)[0]?.textMaker).toBe(maker);
  });

  test("whether a template asks if there is a value", () => {
    expect(parameterUses("SELECT 1 FROM t WHERE a = :p1 OR a IS NULL AND :p2 IS NULL")).toMatchObject([
      { isAskedForNull: false },
      { isAskedForNull: true },
    ]);
  });
});

describe("the server is asked for its type", () => {
  const probes = (template: string) => parameterUses(template).map(({ comparison }) => comparison?.probes);

  test("in the SELECT that it stands in, whatever comes before and after", () => {
    expect(
      probes(
        "SELECT a FROM s WHERE b = 1 UNION ALL SELECT t.a FROM t JOIN u ON u.id = :p1 WHERE t.id = :p2 GROUP BY t.a UNION SELECT 1 FROM dual",
      ),
    ).toEqual([[`SELECT u.id AS "x" FROM t JOIN u ON u.id = :p1`], [`SELECT t.id AS "x" FROM t JOIN u ON u.id = :p1`]]);
  });

  test("and in those around it, whose columns it may name", () => {
    expect(probes("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE t.id = :p1)")).toEqual([
      [`SELECT t.id AS "x" FROM u`, `SELECT (SELECT t.id AS "x" FROM u) AS "x" FROM t`],
    ]);
  });

  test("with the common tables that it sees", () => {
    expect(
      probes(
        "WITH a AS (SELECT id FROM t WHERE id = :p1), b AS (SELECT 1 AS n FROM dual) SELECT a.id FROM a, b WHERE a.id = :p2",
      ),
    ).toEqual([
      [`WITH a AS (SELECT id FROM t WHERE id = :p1), b AS (SELECT 1 AS n FROM dual) SELECT id AS "x" FROM t`],
      [`WITH a AS (SELECT id FROM t WHERE id = :p1), b AS (SELECT 1 AS n FROM dual) SELECT a.id AS "x" FROM a, b`],
    ]);
  });

  test("in a hierarchy", () => {
    expect(probes("SELECT id FROM t x WHERE a = 1 START WITH x.id = :p1 CONNECT BY PRIOR id = parent")).toEqual([
      [`SELECT x.id AS "x" FROM t x`],
    ]);
  });
});

/** A condition, and what its parameters are compared with, in order. */
interface Written {
  readonly text: string;
  readonly expected: readonly (string | undefined)[];
}

const operand = fc.constantFrom(
  "t.id",
  `t."a b"`,
  "UPPER(t.c || 'x')",
  "t.n + 1",
  "NVL(t.c, 'AND')",
  "(SELECT a FROM u)",
);
const operator = fc.constantFrom("=", "<>", "!=", "<", ">=");
const written = (text: string, ...expected: readonly (string | undefined)[]): Written => ({ text, expected });

const comparison: fc.Arbitrary<Written> = fc.oneof(
  fc.tuple(operand, operator).map(([a, is]) => written(`${a} ${is} :p`, a)),
  fc.tuple(operand, operator).map(([a, is]) => written(`:p${is}${a}`, a)),
  fc.tuple(operand, fc.constantFrom("IN", "NOT IN")).map(([a, is]) => written(`${a} ${is} (:p, 'x', :p)`, a, a)),
  operand.map((a) => written(`${a} BETWEEN :p AND :p`, a, a)),
  operand.map((a) => written(`${a} NOT BETWEEN 1 AND :p`, a)),
  operand.map((a) => written(`:p BETWEEN ${a} AND t.z`, a)),
  fc.tuple(operand, operand).map(([a, b]) => written(`(${a}, ${b}) IN ((:p, :p))`, a, b)),
  operand.map((a) => written(`${a} = :p || 'x' AND f(${a}, :p) = 1`, undefined, undefined)),
  fc.constant(written("t.x IS NOT NULL")),
);

const { condition } = fc.letrec<{ condition: Written }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    comparison,
    fc
      .tuple(tie("condition"), fc.constantFrom("AND", "OR", "and"), tie("condition"))
      .map(([a, word, b]) => written(`${a.text} ${word} ${b.text}`, ...a.expected, ...b.expected)),
    tie("condition").map((a) => written(`NOT (${a.text})`, ...a.expected)),
    tie("condition").map((a) => written(`EXISTS (SELECT 1 FROM u WHERE ${a.text} GROUP BY u.b)`, ...a.expected)),
    tie("condition").map((a) => written(`CASE WHEN ${a.text} THEN 1 ELSE 0 END = 1`, ...a.expected)),
    tie("condition").map((a) =>
      written(`t.k IN (SELECT k FROM u JOIN v ON ${a.text} UNION SELECT 1 FROM w)`, ...a.expected),
    ),
  ),
}));

test("whatever stands around a comparison, it is read", () => {
  fc.assert(
    fc.property(condition, ({ text, expected }) => {
      expect(where(`${text} ORDER BY t.a`)).toEqual(expected);
    }),
    { numRuns: 3_000 },
  );
});
