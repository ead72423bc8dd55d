import { createQueryComposer, documentsOf } from "@syncline/core";
import type { Condition, FieldType, Strategy } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { testStrategy } from "@syncline/testkit/makers";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresDialect } from "./dialect.ts";
import { readingRunner } from "./testing/reading-runner.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url, max: 2 });
const runner = readingRunner({ pool });
const composer = createQueryComposer(postgresDialect);
const limits = { timeoutMs: 30_000, maxRows: 1_000_000, numbers: "string" } as const;
const never = new AbortController().signal;
const orders = 200_000;

beforeAll(async () => {
  await pool.query(`
    CREATE TABLE o (id bigint PRIMARY KEY, small int UNIQUE, code varchar(20) UNIQUE, text text UNIQUE, n numeric UNIQUE,
                    u uuid UNIQUE, at timestamptz, customer int);
    INSERT INTO o SELECT i, i, 'c' || i, 't' || i, i, lpad(i::text, 32, '0')::uuid,
                         timestamptz '2024-01-01' + i * interval '1 second', i % 1000 FROM generate_series(1, ${orders}) i;
    CREATE UNIQUE INDEX ON o (at);
    CREATE TABLE line (order_id bigint, position int, note text);
    INSERT INTO line SELECT o, (p * 7919) % 50, 'x' FROM generate_series(1, 1000) o, generate_series(1, 50) p;
    CREATE INDEX ON line (order_id);
    ANALYZE;
  `);
}, 60_000);

afterAll(() => pool.end());

function strategyOf(query: string, fields: { [name: string]: FieldType }, compose: "set" | "each" = "set"): Strategy {
  return testStrategy({ category: { name: "c", fields }, query, compose });
}

async function read(strategy: Strategy, conditions: readonly Condition[]) {
  expect(composer.check(strategy)).toEqual([]);
  const composed = composer.compose(strategy, conditions);
  return documentsOf(strategy, composed, await runner.run(composed.statements, limits, never), conditions.length);
}

describe("every field type goes to the template exactly, as a set and one by one", () => {
  const nastyText = `it's "q" \\ {a,b} NULL, 😀\n$1 :v`;
  test.each<readonly [FieldType, Condition[string], unknown]>([
    ["string", nastyText, nastyText],
    ["string", "", ""],
    ["string", "NULL", "NULL"],
    ["integer", 9007199254740991, "9007199254740991"],
    ["bigint", "-9223372036854775808", "-9223372036854775808"],
    ["decimal", "12345678901234567890.123456789", "12345678901234567890.123456789"],
    ["boolean", true, true],
    ["boolean", false, false],
    ["uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["date", "2024-02-29", "2024-02-29"],
    ["timestamp", "2024-01-02T03:04:05.678901Z", "2024-01-02T03:04:05.678901Z"],
  ])("%s %j", async (type, value, expected) => {
    for (const compose of ["set", "each"] as const) {
      const strategy = strategyOf("SELECT :v AS v", { v: type }, compose);
      expect(await read(strategy, [{ v: value }, { v: value }])).toEqual([[{ v: expected }], [{ v: expected }]]);
    }
  });
});

describe("a look-up by a key goes through the index, for one key and for many", () => {
  const keyed: readonly (readonly [string, FieldType, (i: number) => Condition[string]])[] = [
    ["id", "bigint", String],
    ["id", "integer", (i) => i],
    ["small", "bigint", String],
    ["small", "integer", (i) => i],
    ["code", "string", (i) => `c${i}`],
    ["text", "string", (i) => `t${i}`],
    ["n", "decimal", String],
    ["n", "bigint", String],
    ["u", "uuid", (i) => `00000000-0000-0000-0000-${String(i).padStart(12, "0")}`],
    ["at", "timestamp", (i) => new Date(Date.UTC(2024, 0, 1) + i * 1_000).toISOString()],
  ];
  const cases = keyed.flatMap((row) => [1, 500, 1_000].map((count) => [...row, count] as const));
  test.each(cases)("%s by %s (%s, %i keys)", async (column, type, keyOf, count) => {
    const strategy = strategyOf(`SELECT o.id, o.customer FROM o WHERE o.${column} = :k`, { k: type });
    const keys = Array.from({ length: count }, (_, i) => ({ k: keyOf(((i * 7_919) % orders) + 1) }));
    const [statement] = composer.compose(strategy, keys).statements;
    const plan = await pool.query(`EXPLAIN ${statement?.text}`, [...(statement?.parameters ?? [])]);
    const text = plan.rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(text).toMatch(/Index|Bitmap/);
    expect(text).not.toMatch(/Seq Scan/);
  });
});

test("a thousand keys' rows each come in the template's order, and belong to their key", async () => {
  const strategy = strategyOf(
    "SELECT l.order_id, l.position FROM line l WHERE l.order_id = :orderId ORDER BY l.position DESC -- newest first",
    { orderId: "bigint" },
  );
  const keys = Array.from({ length: 1_000 }, (_, i) => ({ orderId: String(((i * 337) % 1_000) + 1) }));
  const documents = await read(strategy, keys);
  const expected = Array.from({ length: 50 }, (_, i) => 49 - i);
  documents.forEach((rows, index) => {
    expect(rows.map((row) => row.position)).toEqual(expected);
    expect(rows.every((row) => row.order_id === keys[index]?.orderId)).toBe(true);
  });
});

test("a key given twice gets its rows twice, and one without rows none", async () => {
  const strategy = strategyOf("SELECT id FROM o WHERE id = :id", { id: "bigint" });
  expect(await read(strategy, [{ id: "1" }, { id: "0" }, { id: "1" }])).toEqual([[{ id: "1" }], [], [{ id: "1" }]]);
});

describe("any SELECT can be joined", () => {
  test.each([
    ["aggregates", "SELECT count(*)::int AS v FROM line WHERE order_id = :id", 50],
    ["WITH", "WITH a AS (SELECT position FROM line WHERE order_id = :id) SELECT max(position) AS v FROM a", 49],
    ["VALUES", "VALUES (:id)", "1"],
    ["a set operation", "(SELECT 1 AS v WHERE :id = 1) UNION ALL SELECT 2 WHERE :id <> 1", 1],
    ["LIMIT", "SELECT position AS v FROM line WHERE order_id = :id ORDER BY 1 DESC LIMIT 1", 49],
    ["a limit that is a key", "SELECT position AS v FROM line WHERE order_id = 1 ORDER BY 1 LIMIT :id", 0],
    ["a trailing semicolon and comment", "SELECT :id AS v; -- done", "1"],
    ["a cast and a subscript", "SELECT (ARRAY[5, 6])[:id::int] AS v", 5],
    ["a table with the key source's short name", "SELECT k.id AS v FROM o k WHERE k.id = :id", "1"],
    ["a lateral of its own", "SELECT l.v FROM (SELECT :id AS x) a, LATERAL (SELECT a.x AS v) l", "1"],
  ])("%s", async (_, query, value) => {
    for (const compose of ["set", "each"] as const) {
      const [rows] = await read(strategyOf(query, { id: "bigint" }, compose), [{ id: "1" }]);
      expect(rows?.map((row) => Object.values(row))).toEqual([[value]]);
    }
  });
});

test("a column that the template's tables lack is not taken from the keys", async () => {
  const strategy = strategyOf(`SELECT "orderId" FROM o WHERE id = :orderId`, { orderId: "bigint" });
  await expect(read(strategy, [{ orderId: "1" }])).rejects.toMatchObject({ code: "query.invalid" });
});

test("PostgreSQL and the scanner agree on what is a literal, a comment and a parameter", async () => {
  const piece = fc.constantFrom(":a", "::", "x", " ", "(", ";", "$1", "?", "é", "[", "@", "=");
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  /** SQL of a text value, and the value. */
  const literal = fc.oneof(
    text.map((t) => [`'${t}''"'`, `${t}'"`] as const),
    text.map((t) => [`E'\\'${t}\\\\'`, `'${t}\\`] as const),
    text.map((t) => [`E'a' -- '${t}\n '\\'${t}'`, `a'${t}`] as const),
    text.map((t) => [`'\\' -- E'\n '${t}'`, `\\${t}`] as const),
    text.map((t) => [`U&'\\0041${t}'`, `A${t}`] as const),
    text.map((t) => [`$$'"${t}--$$`, `'"${t}--`] as const),
    text.map((t) => [`$t$ $$ ${t}/*$t$`, ` $$ ${t}/*`] as const),
    text.map((t) => [`(SELECT "'${t}""" FROM (SELECT 'i'::text AS "'${t}""") s)`, "i"] as const),
    text.map((t) => [`/*'/*${t}*/ "$$*/ 'c'`, "c"] as const),
    text.map((t) => [`--'${t}\n 'd'`, "d"] as const),
    fc.constantFrom(
      [":a", "value"] as const,
      [":a::text", "value"] as const,
      ["(ARRAY[:a,:a])[1:2][1]", null] as const,
    ),
    fc.constantFrom(
      ["(ARRAY['s', :a])[2]", "value"] as const,
      ["(SELECT y[1:n][1] FROM (SELECT 1 AS n, ARRAY['s'] AS y) z)", null] as const,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(literal, { minLength: 1, maxLength: 6 }), async (literals) => {
      const known = literals.filter(([, value]) => value !== null);
      const columns = known.map(([sql], index) => `${sql} AS c${index}`);
      const query = `SELECT ${[...columns, ":a AS last"].join(", ")}; -- '`;
      for (const compose of ["set", "each"] as const) {
        const [rows] = await read(strategyOf(query, { a: "string" }, compose), [{ a: "value" }]);
        expect(Object.values(rows?.[0] ?? {})).toEqual([...known.map(([, value]) => value), "value"]);
      }
    }),
    { numRuns: 150 },
  );
});
