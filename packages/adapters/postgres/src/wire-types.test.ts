import { isSynclineError } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OwnTypes } from "./own-types.ts";
import { readingRunner } from "./testing/reading-runner.ts";

const url = await testDatabase();
const never = new AbortController().signal;
const zoneBefore = process.env.TZ;
process.env.TZ = "Asia/Tokyo";

// Everything that a server, a role or a pool may have set otherwise.
const hostile =
  "-c DateStyle=SQL,DMY -c IntervalStyle=postgres_verbose -c TimeZone=Asia/Tokyo -c bytea_output=escape " +
  "-c extra_float_digits=0 -c standard_conforming_strings=off";
const pool = new pg.Pool({ connectionString: url, max: 1, options: hostile });
const runner = readingRunner({ pool });

beforeAll(async () => {
  const { rows } = await pool.query(
    "SELECT timestamptz '2024-01-02 03:04:05+00' ::text AS t, current_setting('DateStyle') AS s",
  );
  expect(rows).toEqual([{ t: "02/01/2024 12:04:05 JST", s: "SQL, DMY" }]);
});

afterAll(async () => {
  await pool.end();
  if (zoneBefore === undefined) delete process.env.TZ;
  else process.env.TZ = zoneBefore;
});

async function read(expression: string, numbers: "string" | "number" = "string"): Promise<unknown> {
  const [result] = await runner.run(
    [{ text: `SELECT ${expression} AS v`, parameters: [] }],
    { timeoutMs: 5_000, maxRows: 1, numbers },
    never,
  );
  return result?.rows[0]?.[0];
}

describe("each type travels exactly, whatever the session's settings and the process's zone", () => {
  test.each<readonly [string, unknown]>([
    ["true", true],
    ["'-32768'::int2", -32768],
    ["2147483647", 2147483647],
    ["9223372036854775807::int8", "9223372036854775807"],
    ["1.10::numeric", "1.10"],
    ["12345678901234567890.123456789::numeric", "12345678901234567890.123456789"],
    ["'NaN'::numeric", "NaN"],
    ["0.1::float4", 0.1],
    ["0.1::float8 + 0.2::float8", 0.30000000000000004],
    ["'NaN'::float8", "NaN"],
    ["'-Infinity'::float4", "-Infinity"],
    ["1e300::float8", 1e300],
    ["E'a\\'b\\\\c'", "a'b\\c"],
    ["'a\\b'", "a\\b"],
    ["'ab'::char(4)", "ab  "],
    ["date '2024-02-29'", "2024-02-29"],
    ["date '0044-03-15 BC'", "-000043-03-15"],
    ["date '0001-01-01 BC'", "0000-01-01"],
    ["date '12345-01-02'", "+012345-01-02"],
    ["date 'infinity'", "infinity"],
    ["timestamptz '2024-01-02 03:04:05.678901+09'", "2024-01-01T18:04:05.678901Z"],
    ["timestamptz '2024-01-02 03:04:05.5+00'", "2024-01-02T03:04:05.5Z"],
    ["timestamptz '2024-07-02 00:00:00+00'", "2024-07-02T00:00:00Z"],
    ["timestamptz '0044-03-15 00:00:00+00 BC'", "-000043-03-15T00:00:00Z"],
    ["timestamptz '-infinity'", "-infinity"],
    ["timestamp '2024-01-02 03:04:05.000001'", "2024-01-02T03:04:05.000001"],
    ["timestamp '0044-03-15 01:02:03 BC'", "-000043-03-15T01:02:03"],
    ["timestamp 'infinity'", "infinity"],
    ["time '03:04:05.5'", "03:04:05.5"],
    ["timetz '03:04:05+09'", "03:04:05+09:00"],
    ["timetz '03:04:05+05:30'", "03:04:05+05:30"],
    ["interval '1 year 2 months -3 days 04:05:06.7'", "P1Y2M-3DT4H5M6.7S"],
    ["'\\xdeadbeef00'::bytea", "3q2+7wA="],
    ["''::bytea", ""],
    ["uuid 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["int4range(1, 5)", "[1,5)"],
    ["inet '10.0.0.1/8'", "10.0.0.1/8"],
    ["NULL::int8", null],
  ])("%s", async (expression, value) => {
    expect(await read(expression)).toEqual(value);
  });

  test.each<readonly [string, unknown]>([
    ["ARRAY[1, NULL, 3]", [1, null, 3]],
    ["ARRAY[[9223372036854775807], [2]]::int8[]", [["9223372036854775807"], ["2"]]],
    ["'{}'::int4[]", []],
    ["'[0:1]={5,6}'::int4[]", [5, 6]],
    [
      `ARRAY['a,b', '"', '\\', 'NULL', NULL, '', '{}', ' ', E'x\ny']`,
      ["a,b", `"`, "\\", "NULL", null, "", "{}", " ", "x\ny"],
    ],
    ["ARRAY[timestamptz '2024-01-02 03:04:05+09']", ["2024-01-01T18:04:05Z"]],
    ["ARRAY[date '2024-01-02', '0044-03-15 BC']", ["2024-01-02", "-000043-03-15"]],
    ["ARRAY['\\xff'::bytea]", ["/w=="]],
    [`ARRAY['{"a": [1, "}"]}', 'null']::jsonb[]`, [{ a: [1, "}"] }, null]],
    ["ARRAY[true, false]", [true, false]],
    ["ARRAY[1.5, 'NaN']::float8[]", [1.5, "NaN"]],
    ["ARRAY[interval '1 day']", ["P1D"]],
    ["ARRAY[int4range(1,5)]", ["[1,5)"]],
    ["ARRAY['00000000-0000-0000-0000-000000000001']::uuid[]", ["00000000-0000-0000-0000-000000000001"]],
  ])("%s", async (expression, value) => {
    expect(await read(expression)).toEqual(value);
  });

  test.each<readonly [string, unknown]>([
    [
      `{"a": 9007199254740993, "b": [1.5, -9007199254740993]}`,
      { a: "9007199254740993", b: [1.5, "-9007199254740993"] },
    ],
    [`{"a": 9007199254740991}`, { a: 9007199254740991 }],
    [`{"a": 0.1234567890123456789}`, { a: "0.1234567890123456789" }],
    [`{"a": 0.3141592653589793}`, { a: 0.3141592653589793 }],
    [`{"a": 0.30000000000000004}`, { a: 0.30000000000000004 }],
    [
      `{"a": "9007199254740993 1e999 \\" 12345678901234567890"}`,
      { a: `9007199254740993 1e999 " 12345678901234567890` },
    ],
    [`{"a\\\\": 12345678901234567890}`, { "a\\": "12345678901234567890" }],
    [`{"a": 1e3}`, { a: 1000 }],
    [`"x"`, "x"],
    ["null", null],
    ["12345678901234567890", "12345678901234567890"],
  ])("jsonb and json %s", async (text, value) => {
    const quoted = `E'${text.replaceAll("\\", "\\\\")}'`;
    expect(await read(`${quoted}::jsonb`)).toEqual(value);
    expect(await read(`${quoted}::json`)).toEqual(value);
  });

  test("json numbers beyond a double's range become strings", async () => {
    expect(await read(`'[1e400, 1e-400, 2E5, 1e22]'::json`)).toEqual(["1e400", "1e-400", 200000, "1e22"]);
  });
});

describe("types that somebody has made travel as what they are made of", () => {
  beforeAll(() =>
    pool.query(`
      CREATE SCHEMA "own types"; SET search_path = "own types", public;
      CREATE EXTENSION citext SCHEMA "own types"; CREATE EXTENSION hstore SCHEMA "own types";
      CREATE TYPE mood AS ENUM ('glad', 'so, so', 'NULL', '"');
      CREATE DOMAIN year AS int2 CHECK (VALUE > 0); CREATE DOMAIN late_year AS year CHECK (VALUE > 2000);
      CREATE DOMAIN ids AS int8[]; CREATE DOMAIN fact AS jsonb; CREATE DOMAIN price AS numeric(10, 2);
      CREATE TYPE place AS (name text, at timestamptz);
      CREATE TYPE span AS RANGE (subtype = float8);
      CREATE TABLE sub (id int, note text)`),
  );

  test.each<readonly [string, unknown]>([
    ["'so, so'::mood", "so, so"],
    [`ARRAY['glad', 'so, so', NULL, 'NULL', '"']::mood[]`, ["glad", "so, so", null, "NULL", '"']],
    ["ARRAY[['glad'], ['so, so']]::mood[]", [["glad"], ["so, so"]]],
    ["'{}'::mood[]", []],
    ["'[2:3]={glad,NULL}'::mood[]", ["glad", null]],
    ["NULL::mood[]", null],
    ["ARRAY['A,b', '{x}']::citext[]", ["A,b", "{x}"]],
    ["2024::late_year", 2024],
    ["ARRAY[2024, NULL]::late_year[]", [2024, null]],
    ["ARRAY[1.50]::price[]", ["1.50"]],
    ["ARRAY[9007199254740993]::ids", ["9007199254740993"]],
    ["ARRAY[ARRAY[1, 2]::ids, ARRAY[3]::ids, NULL]::ids[]", [["1", "2"], ["3"], null]],
    [`ARRAY['{"a": [12345678901234567890]}']::fact[]`, [{ a: ["12345678901234567890"] }]],
    ["ROW('a b', '2024-01-02 03:04:05+00')::place", '("a b","2024-01-02 03:04:05+00")'],
    ["ARRAY[ROW('a, b', NULL)::place, NULL]", ['("a, b",)', null]],
    ["ARRAY[ROW(1, 'x')::sub]", ["(1,x)"]],
    ["ARRAY(SELECT ROW(1, 'x'))", ["(1,x)"]],
    ["ARRAY['[1,2)']::span[]", ["[1,2)"]],
    ["ARRAY['{[1,2), [3,4)}']::span_multirange[]", ["{[1,2),[3,4)}"]],
    ["ARRAY['a=>1, b=>NULL']::hstore[]", ['"a"=>"1", "b"=>NULL']],
    ["ARRAY[box '((1,1),(0,0))', box '((2,2),(1,1))']", ["(1,1),(0,0)", "(2,2),(1,1)"]],
    ["ARRAY['pg_class'::regclass]", ["pg_class"]],
    ["ARRAY['a'::information_schema.sql_identifier]", ["a"]],
    ["ARRAY[tsvector 'a b']", ["'a' 'b'"]],
    ["ARRAY[xml '<a>,</a>']", ["<a>,</a>"]],
    ["ARRAY[bit '101', bit '000']", ["101", "000"]],
    ["1234.5::float8::numeric::money", "1234.50"],
    ["ARRAY[1234567.89, -0.05, NULL]::numeric[]::money[]", ["1234567.89", "-0.05", null]],
  ])("%s", async (expression, value) => {
    expect(await read(expression)).toEqual(value);
  });

  test("several columns, some of them of types that are fixed, in several statements", async () => {
    const text = "SELECT 1 AS a, ARRAY['glad']::mood[] AS b, 'x' AS c, ARRAY[2024]::year[] AS d";
    const statements = [1, 2].map(() => ({ text, parameters: [] }));
    const limits = { timeoutMs: 5_000, maxRows: 1, numbers: "string" } as const;
    const results = await runner.run(statements, limits, never);
    expect(results.map(({ columns, rows }) => [columns, rows])).toEqual(
      [1, 2].map(() => [["a", "b", "c", "d"], [[1, ["glad"], "x", [2024]]]]),
    );
  });

  test.each([
    ["-$1,234.50", 2, "-1234.50"],
    ["($0.05)", 2, "-0.05"],
    ["1.234,50 €", 2, "1234.50"],
    ["¥-123,456", 0, "-123456"],
    ["Rs. 12,34,567.89", 2, "1234567.89"],
    ["د.ك.1,234.500", 3, "1234.500"],
    ["\u22121\u00a0234,50\u00a0kr", 2, "-1234.50"],
  ])("money as another locale writes it: %s", async (text, moneyDigits, value) => {
    const result = { columns: ["v"], rows: [[text]], types: [790], moneyDigits };
    const [{ rows } = { rows: [] }] = await new OwnTypes().read([result], "string", async () => new Map());
    expect(rows).toEqual([[value]]);
  });

  test(`with numbers: "number", money and domains are numbers where none loses digits`, async () => {
    expect(await read("ARRAY[12.5]::price[]", "number")).toEqual([12.5]);
    expect(await read("12.5::numeric::money", "number")).toBe(12.5);
  });
});

describe(`numbers: "number"`, () => {
  test("makes numbers of what a number holds exactly", async () => {
    expect(await read("9007199254740991::int8", "number")).toBe(9007199254740991);
    expect(await read("1.10::numeric", "number")).toBe(1.1);
    expect(await read("ARRAY[1, 2]::int8[]", "number")).toEqual([1, 2]);
    expect(await read("'NaN'::numeric", "number")).toBe("NaN");
  });

  test.each(["9007199254740993::int8", "0.12345678901234567891::numeric", "1e400::numeric"])(
    "refuses to lose digits of %s, and the connection goes on",
    async (expression) => {
      const error = await read(expression, "number").catch((thrown: unknown) => thrown);
      expect(isSynclineError(error) && error.code).toBe("query.data");
      expect(await read("1")).toBe(1);
      expect(pool.totalCount).toBe(1);
    },
  );
});

test("the application's own type parsers are neither used nor changed", async () => {
  const before = pg.types.getTypeParser(20);
  pg.types.setTypeParser(20, () => "wrong");
  try {
    expect(await read("5::int8")).toBe("5");
  } finally {
    pg.types.setTypeParser(20, before);
  }
});

test("a template that changes the time zone is refused rather than misread", async () => {
  const error = await read("set_config('TimeZone', 'Asia/Tokyo', true), now()").catch((thrown: unknown) => thrown);
  expect(isSynclineError(error) && error.code).toBe("query.invalid");
});
