import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LexicalRules } from "../contracts/sql-dialect.ts";
import { scanTemplate } from "./template-scanner.ts";

const postgres: LexicalRules = {
  identifierQuotes: [[`"`, `"`]],
  escapeStringPrefix: "E",
  dollarQuotes: true,
  alternativeQuotes: false,
  nestedComments: true,
  doubleColonCast: true,
  nativeParameter: "$1",
};
const sqlServer: LexicalRules = {
  identifierQuotes: [
    [`"`, `"`],
    ["[", "]"],
  ],
  dollarQuotes: false,
  alternativeQuotes: false,
  nestedComments: true,
  doubleColonCast: true,
  nativeParameter: "@name",
};
const oracle: LexicalRules = {
  identifierQuotes: [[`"`, `"`]],
  dollarQuotes: false,
  alternativeQuotes: true,
  nestedComments: false,
  doubleColonCast: false,
  nativeParameter: ":1",
};
const mysql: LexicalRules = {
  identifierQuotes: [["`", "`"]],
  backslashEscapes: true,
  doubleQuotedStrings: true,
  hashComments: true,
  executableComments: true,
  dollarQuotes: false,
  alternativeQuotes: false,
  nestedComments: false,
  doubleColonCast: false,
  nativeParameter: "?",
};
const dialects = { postgres, sqlServer, oracle, mysql };

function parameters(text: string, rules = postgres): readonly string[] {
  return scanTemplate(text, rules).segments.flatMap((segment) => (segment.kind === "parameter" ? [segment.name] : []));
}

function problems(text: string, rules = postgres): readonly string[] {
  return scanTemplate(text, rules).problems.map(
    ({ position: { line, column }, message }) => `${line}:${column} ${message}`,
  );
}

describe("a parameter is found", () => {
  test.each([
    ["after an operator", "SELECT 1 WHERE id=:id", ["id"]],
    ["before a cast", "SELECT :id::text", ["id"]],
    ["after a cast", "SELECT a::int+:id", ["id"]],
    ["after a named argument's sign", "SELECT f(a:=:id)", ["id"]],
    ["as an array's only element", "SELECT ARRAY[:id]", ["id"]],
    ["as an array's later element", "SELECT ARRAY[1,:id, :b]", ["id", "b"]],
    ["as a subscript", "SELECT a[:id]", ["id"]],
    ["as a slice's bound behind a space", "SELECT a[1: :id]", ["id"]],
    ["in CASE in brackets", "SELECT ARRAY[CASE WHEN :id THEN 1 END]", ["id"]],
    ["between strings", "SELECT 'a', :id, 'b'", ["id"]],
    ["behind a comment", "SELECT 1 -- :no\n, :id", ["id"]],
    ["behind a comment that touches it", "SELECT /* :no */:id", ["id"]],
    ["next to a JSON operator", "SELECT a->:id, a#>>:b, a @> :c, a ? :d", ["id", "b", "c", "d"]],
    ["in parentheses and twice", "(SELECT :id) UNION (SELECT :id)", ["id", "id"]],
    ["behind a dollar that quotes nothing", "SELECT a$b, c$d :id", ["id"]],
  ])("%s", (_, text, names) => {
    expect(parameters(text)).toEqual(names);
    expect(problems(text)).toEqual([]);
  });
});

describe("nothing is a parameter", () => {
  test.each([
    ["in a string", "SELECT ':id'"],
    ["behind a doubled quote", "SELECT 'it''s :id'"],
    ["behind a backslash in a plain string", "SELECT 'a\\', ' :id'"],
    ["behind an escaped quote in an escape string", "SELECT E'\\' :id'"],
    ["in the continuation of an escape string", "SELECT E'a' -- b'\n '\\' :id'"],
    ["in an escape string with a small prefix", "SELECT e'\\':id'"],
    ["in a Unicode string", "SELECT U&'\\0041 :id'"],
    ["in a quoted identifier", `SELECT ":id", "a"":id"`],
    ["in a dollar-quoted string", "SELECT $$ ' :id $$"],
    ["in a tagged dollar-quoted string", "SELECT $ä1$ $$ :id $ä2$ $ä1$"],
    ["in a line comment", "SELECT 1 -- ' :id"],
    ["in a nested comment", "SELECT 1 /* /* ' */ :id */"],
    ["after a double colon", "SELECT a::id, b :: id"],
    ["in a slice", "SELECT a[1:2], a[:2], a[b:n], a[f(1):n], a['1':n], a[b[1]:n]"],
    ["before a digit", "SELECT a[:1]"],
    ["before an equals sign", "SELECT f(a := 1, b:=2)"],
    ["with a space behind the colon", "SELECT a[: n]"],
    ["in a JSON path", "SELECT a @? '$.b ? (@ > :id)'"],
  ])("%s", (_, text) => {
    expect(parameters(text)).toEqual([]);
    expect(problems(text)).toEqual([]);
  });

  test("in SQL Server's brackets and Oracle's q-quotes", () => {
    expect(parameters("SELECT [a:b]]:id], :x", sqlServer)).toEqual(["x"]);
    expect(parameters("SELECT q'[it's :id]', nq'!:id!', Q'<' :no>', :x FROM dual", oracle)).toEqual(["x"]);
  });

  test("after the double colon of a static method or a system function", () => {
    const text = "SELECT geography::q(1), hierarchyid :: GetRoot(), :q FROM ::fn_helpcollations() WHERE a=:b";
    expect(parameters(text, sqlServer)).toEqual(["q", "b"]);
    expect(problems(text, sqlServer)).toEqual([]);
  });

  test("in MySQL's strings, whose backslashes escape, and its comments", () => {
    const text = `SELECT 'it\\'s :a', "say \\":b\\" or "":c""", \`d:e\`, :x # it's :f\n, 5--1, :y -- :g`;
    expect(parameters(text, mysql)).toEqual(["x", "y"]);
    expect(problems(text, mysql)).toEqual([]);
    expect(parameters("SELECT 'a\\\\', :x, 'b' --:y\n", mysql)).toEqual(["x", "y"]);
    expect(parameters("SELECT 1 --\t:x\n, :y --", mysql)).toEqual(["y"]);
  });

  test("in a comment that does not nest, up to its first end", () => {
    expect(parameters("SELECT 1 /* /* :a */ , :b", oracle)).toEqual(["b"]);
    expect(parameters("SELECT 1 /*/ :a */ , :b", oracle)).toEqual(["b"]);
  });
});

describe("what is wrong is said, with its place", () => {
  test.each(["/*! , :id */", "/*!50101 INTO OUTFILE '/x' */", "/*M! FOR UPDATE */", "/*M!100600 1 */"])(
    "MySQL's comment that is run: %s",
    (comment) => {
      const message = "1:10 The server runs what is in this comment; the query must be one SELECT as it is read.";
      expect(problems(`SELECT 1 ${comment} + :x`, mysql)).toEqual([message]);
      expect(problems(`SELECT 1 /*+ a hint */ + :x`, mysql)).toEqual([]);
      expect(problems(`SELECT 1 ${comment} + :x`, oracle)).toEqual([]);
    },
  );

  const oneSelect = "A second statement begins here; the query must be one SELECT.";
  const verb = "The query must be one statement that begins with SELECT, WITH or VALUES";
  test.each([
    ["an open string", "SELECT\n  'a", ["2:3 This string is never closed."]],
    ["an open escape string", "SELECT E'a\\'", ["1:8 This string is never closed."]],
    ["an open identifier", `SELECT "a`, ["1:8 This quoted identifier is never closed."]],
    ["an open comment", "SELECT 1 /* /* */", ["1:10 This comment is never closed."]],
    ["an open dollar quote", "SELECT $a$ $b$", ["1:8 This string is never closed."]],
    ["an open parenthesis", "SELECT (1", ["1:8 This parenthesis is never closed."]],
    [
      "a parenthesis that would end the composed one",
      "SELECT 1) q, (SELECT 2",
      ["1:9 This parenthesis closes nothing.", "1:14 This parenthesis is never closed."],
    ],
    ["a native parameter", "SELECT $1, a$1", [`1:8 Write parameters by name, as ":field", not as "$1".`]],
    ["a second statement", "SELECT 1;\r\nDROP TABLE a; COMMIT", [`2:1 ${oneSelect}`]],
    ["another verb", "  /* */ delete FROM a", [`1:9 ${verb}, not delete.`]],
    [
      "a letter beyond ASCII",
      "SELECT :größe",
      [`1:8 ":größe" is no parameter: names have letters, digits and _ only.`],
    ],
    [
      "a colon that touches a word",
      "SELECT a:id",
      [`1:9 Put a space before ":id" if it is a parameter, after its colon if not.`],
    ],
    ["nothing at all", " -- a\n", ["1:1 The query is empty; it must be one SELECT."]],
  ])("%s", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test("native parameters of other dialects", () => {
    expect(problems("SELECT @a, @@rowcount", sqlServer)).toHaveLength(1);
    expect(problems("SELECT :1 FROM dual", oracle)).toHaveLength(1);
    expect(problems("SELECT a ? 'b', @a", postgres)).toEqual([]);
  });

  test("all at once", () => {
    expect(problems("UPDATE a SET b = $1, c = :ö; SELECT 'x")).toHaveLength(5);
  });
});

test("a closing semicolon is set apart with the comments behind it, and a comment before it is not", () => {
  const { segments, problems: none } = scanTemplate("SELECT 1 -- a;\n; /* b */ -- c", postgres);
  expect(none).toEqual([]);
  expect(segments).toEqual([
    { kind: "text", text: "SELECT 1 -- a;\n" },
    { kind: "trailer", text: "; /* b */ -- c" },
  ]);
});

const nasty = [
  "'", "''", "\\'", '"', '""', "E'", "e'", "$$", "$a$", "$1", "--", "\n", "\r", "/*", "*/", "/*/", ":", "::", ":=", ":a",
  ":1", "[", "]", "(", ")", ";", " ", "a", "1", "q'[", "]'", "nq'", "U&'", "@", "@a", "?", "\\", "ä", ":ä", "$", "SELECT",
]; // biome-ignore format: a list of pieces
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...nasty)).map((pieces) => pieces.join("")),
);

describe("whatever the text", () => {
  test.each(Object.entries(dialects))("the segments joined are the text (%s)", (_, rules) => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(
          scanTemplate(text, rules)
            .segments.map((segment) => segment.text)
            .join(""),
        ).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  // Quadratic work on a hundred thousand characters would run into the test's time limit many times over.
  test.each(nasty)("repeated without end, it is scanned in one pass: %j", (piece) => {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    for (const rules of Object.values(dialects)) {
      expect(scanTemplate(text, rules).segments.reduce((length, segment) => length + segment.text.length, 0)).toBe(
        text.length,
      );
    }
  });

  test("a parameter inside a literal or comment stays as it is, one outside is found", () => {
    const inner = fc
      .array(fc.constantFrom(":id", "::", "(", ";", "--x", "/", "$1", " ", "\n", "a"))
      .map((pieces) => pieces.join(""));
    const literal = fc.oneof(
      inner.map((text) => `'${text}'`),
      inner.map((text) => `E'\\'${text}'`),
      inner.map((text) => `"${text}"`),
      inner.map((text) => ` $t$'${text}$t$`),
      inner.map((text) => `/*'/*${text.replaceAll("/", "")}*/"*/`),
      inner.map((text) => `--'${text.replaceAll("\n", "")}\n`),
    );
    fc.assert(
      fc.property(fc.array(literal), (literals) => {
        expect(parameters(`SELECT ${literals.map((text) => `${text} + :real +`).join("")} 1`)).toEqual(
          literals.map(() => "real"),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
