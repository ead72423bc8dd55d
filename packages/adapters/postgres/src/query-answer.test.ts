import { inspect } from "node:util";
import { createQueryComposer } from "@syncline/core";
import { category, isSynclineError, type Strategy } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { testStrategy } from "@syncline/testkit/makers";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresDialect } from "./dialect.ts";
import { readingRunner } from "./testing/reading-runner.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url, max: 2 });
const limits = { timeoutMs: 5_000, maxRows: 10, numbers: "string" } as const;
const never = new AbortController().signal;
const composer = createQueryComposer(postgresDialect);

/** Stands in a row, in forms that each kind of value takes. */
const marker = "IBANDE8937";

beforeAll(async () => {
  await pool.query(`
    CREATE TABLE person (id bigint PRIMARY KEY, note text, digits text);
    INSERT INTO person VALUES (1, '${marker}' || E'\\n\\x1b[31mERROR admin', '893704004405320130001234567890');
    CREATE FUNCTION raising(code text) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '%', (SELECT note FROM person) USING ERRCODE = code, DETAIL = (SELECT note FROM person),
        HINT = (SELECT note FROM person), COLUMN = (SELECT note FROM person), TABLE = (SELECT note FROM person); END $$;
    CREATE FUNCTION executing(text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN EXECUTE $1 INTO r; RETURN r; END $$;
    CREATE FUNCTION folded() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT note::int FROM person $$;
    CREATE FUNCTION telling(text) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '%', (SELECT note FROM person) USING ERRCODE = '42703'; END $$;
    CREATE DOMAIN told AS text CHECK (telling(VALUE));
    CREATE DOMAIN looked_up AS text CHECK ((quote_ident((xpath('//note/text()', query_to_xml('SELECT note FROM person', true, true, '')))[1]::text))::regclass IS NOT NULL);
    CREATE DOMAIN typed AS text CHECK ((quote_ident((xpath('//note/text()', query_to_xml('SELECT note FROM person', true, true, '')))[1]::text))::regtype IS NOT NULL);
    CREATE DOMAIN counted AS text CHECK (((xpath('//note/text()', query_to_xml('SELECT note FROM person', true, true, '')))[1]::text)::int > 0);
    CREATE TYPE pair AS (a told, b int);
    CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
    CREATE ROLE small; GRANT SELECT ON person TO small; GRANT SELECT ON guarded TO small;
  `);
});

afterAll(() => pool.end());

function strategyOf(query: string): Strategy {
  return testStrategy({ category: category("person", { id: "bigint" }), query });
}

const runnerWith = (serverMessages: boolean, role?: string) =>
  readingRunner({ pool, serverMessages, ...(role && { role }) });

/** What a read of this template in each form fails with, and what it is described with, if it is. */
async function errorsOf(query: string, { serverMessages = false, role = undefined as string | undefined } = {}) {
  const runner = runnerWith(serverMessages, role);
  const strategy = strategyOf(query);
  const errors: unknown[] = [];
  const probe = composer.probe?.(strategy);
  if (probe !== undefined) await runner.describe(probe, never).catch((error: unknown) => errors.push(error));
  for (const form of ["joined", "fenced", "each"] as const) {
    const { statements } = composer.compose(strategy, [{ id: "1" }], { form });
    await runner.run(statements, limits, never).catch((error: unknown) => errors.push(error));
  }
  return errors;
}

function telltale(errors: readonly unknown[]): string {
  return errors.map((error) => inspect(error, { depth: 10, showHidden: true })).join("\n");
}

describe("what a read fails with says nothing of rows: of", () => {
  test.each([
    ["a cast", "SELECT note::numeric FROM person WHERE id = :id"],
    ["a cast to an integer", "SELECT digits::int FROM person WHERE id = :id"],
    ["a value out of range", "SELECT digits::numeric::bigint FROM person WHERE id = :id"],
    ["a cast of many rows", "SELECT (SELECT string_agg(note, ';') FROM person)::int FROM person WHERE id = :id"],
    ["a name that is looked up", "SELECT quote_ident(note)::regclass FROM person WHERE id = :id"],
    ["a type's name", "SELECT quote_ident(note)::regtype FROM person WHERE id = :id"],
    ["a type's name that does not parse", "SELECT (note || '((')::regtype FROM person WHERE id = :id"],
    ["a function's name", "SELECT quote_ident(note)::regproc FROM person WHERE id = :id"],
    ["a function with arguments", "SELECT (quote_ident(note) || '(int)')::regprocedure FROM person WHERE id = :id"],
    ["an operator's name", "SELECT ('+' || note)::regoper FROM person WHERE id = :id"],
    ["a role", "SELECT quote_ident(note)::regrole FROM person WHERE id = :id"],
    ["a schema", "SELECT quote_ident(note)::regnamespace FROM person WHERE id = :id"],
    ["a collation", "SELECT quote_ident(note)::regcollation FROM person WHERE id = :id"],
    ["a text search configuration", "SELECT to_tsvector(quote_ident(note)::regconfig, 'x') FROM person WHERE id = :id"],
    ["a text search query", "SELECT to_tsquery('simple', note || ' & & (') FROM person WHERE id = :id"],
    ["JSON", "SELECT note::json FROM person WHERE id = :id"],
    ["JSON within JSON", `SELECT ('{"a": "' || note)::jsonb FROM person WHERE id = :id`],
    ["a path in JSON", "SELECT jsonb_path_query('{}', ('$.' || note || '(')::jsonpath) FROM person WHERE id = :id"],
    [
      "a strict path in JSON",
      `SELECT jsonb_path_query('{}', ('strict $."' || replace(replace(note, E'\\n', ''), E'\\x1b', '') || '"')::jsonpath) FROM person WHERE id = :id`,
    ],
    ["XML", "SELECT xmlparse(document '<a>' || note) FROM person WHERE id = :id"],
    ["a path in XML", "SELECT xpath('//' || note || '[', '<a/>') FROM person WHERE id = :id"],
    ["a date", "SELECT note::date FROM person WHERE id = :id"],
    ["a date in a format", "SELECT to_date(note, 'YYYY-MM-DD') FROM person WHERE id = :id"],
    ["a time zone", "SELECT now() AT TIME ZONE note FROM person WHERE id = :id"],
    ["an interval", "SELECT note::interval FROM person WHERE id = :id"],
    ["a regular expression", "SELECT 'x' ~ (note || '(') FROM person WHERE id = :id"],
    ["a LIKE", "SELECT 'x' LIKE note ESCAPE note FROM person WHERE id = :id"],
    ["an address", "SELECT note::inet FROM person WHERE id = :id"],
    ["a UUID", "SELECT note::uuid FROM person WHERE id = :id"],
    ["a boolean", "SELECT note::boolean FROM person WHERE id = :id"],
    ["an array", "SELECT note::int[] FROM person WHERE id = :id"],
    ["a record", "SELECT note::pair FROM person WHERE id = :id"],
    ["a range", "SELECT note::int4range FROM person WHERE id = :id"],
    ["a point", "SELECT note::point FROM person WHERE id = :id"],
    ["bytes", "SELECT ('\\x' || note)::bytea FROM person WHERE id = :id"],
    ["an encoding", "SELECT decode(note, note) FROM person WHERE id = :id"],
    ["a setting", "SELECT current_setting(note) FROM person WHERE id = :id"],
    ["a setting that is set", "SELECT set_config('work_mem', note, true) FROM person WHERE id = :id"],
    ["a file", "SELECT pg_read_file(note) FROM person WHERE id = :id"],
    ["a sequence", "SELECT nextval(quote_ident(note)) FROM person WHERE id = :id"],
    [
      "a query as XML",
      "SELECT query_to_xml('SELECT ' || quote_ident(note), true, true, '') FROM person WHERE id = :id",
    ],
    [
      "a query as XML with an error in its syntax",
      "SELECT query_to_xml('SELECT 1 ' || note, true, true, '') FROM person WHERE id = :id",
    ],
    ["a cursor", "SELECT cursor_to_xml(quote_ident(note)::refcursor, 1, true, true, '') FROM person WHERE id = :id"],
    ["a domain", "SELECT note::told FROM person WHERE id = :id"],
    ["a privilege's name", "SELECT has_table_privilege('person', note) FROM person WHERE id = :id"],
    ["a function that raises", "SELECT raising('P0001') FROM person WHERE id = :id"],
    ["a function that raises a missing column", "SELECT raising('42703') FROM person WHERE id = :id"],
    ["a function that raises a denied right", "SELECT raising('42501') FROM person WHERE id = :id"],
    ["a function that raises a lost connection", "SELECT raising('08006') FROM person WHERE id = :id"],
    ["a function that raises a deadlock", "SELECT raising('40P01') FROM person WHERE id = :id"],
    ["a function that raises a stale plan", "SELECT raising('0A000') FROM person WHERE id = :id"],
    ["a function that raises an unknown parameter", "SELECT raising('42P18') FROM person WHERE id = :id"],
    ["a function that executes a text", "SELECT executing('SELECT ' || quote_ident(note)) FROM person WHERE id = :id"],
    [
      "a function that executes what cannot be parsed",
      "SELECT executing('SELECT 1 ' || note) FROM person WHERE id = :id",
    ],
    [
      "a function that writes",
      "SELECT executing('INSERT INTO person VALUES (1, ' || quote_literal(note) || ')') FROM person WHERE id = :id",
    ],
    ["a function that is folded when it is planned", "SELECT folded() FROM person WHERE id = :id"],
  ])("%s", async (_, query) => {
    const errors = await errorsOf(query);
    expect(errors.length).toBeGreaterThanOrEqual(3);
    expect(telltale(errors)).not.toMatch(/IBANDE|8937/i);
    for (const error of errors) {
      expect(error).toSatisfy(isSynclineError);
      expect((error as Error).message).toMatch(/^PostgreSQL answers with an error \(SQLSTATE [0-9A-Z]{5}(, [a-z_]+)?/);
    }
  });

  // PREPARE plans and runs nothing, but it reads literals, and a domain within an array or a record
  // has its checks run then.
  test.each([
    ["a literal of an array, whose domain has a check that raises", `SELECT '{x}'::told[] FROM person WHERE id = :id`],
    ["a literal of a record with such a domain", `SELECT '(x,1)'::pair FROM person WHERE id = :id`],
    ["a literal whose domain looks up what it read", `SELECT '{x}'::looked_up[] FROM person WHERE id = :id`],
    ["a literal whose domain casts what it read", `SELECT '{x}'::counted[] FROM person WHERE id = :id`],
    ["a literal whose domain parses a type that it read", `SELECT '{x}'::typed[] FROM person WHERE id = :id`],
  ])("%s, when it is described as well", async (_, query) => {
    const errors = await errorsOf(query);
    expect(errors).toHaveLength(4);
    expect(telltale(errors)).not.toMatch(/IBANDE|8937/i);
  });
});

describe("what can be wrong with the text of a template is told in the server's words, with its place: ", () => {
  test.each([
    [
      "a column",
      "SELECT id,\n  naem FROM person WHERE id = :id",
      /column "naem" does not exist .*42703, undefined_column, query:2:3/,
    ],
    ["a column after a parameter", "SELECT id FROM person WHERE id = :id AND naem = 1", /"naem".*query:1:42/],
    ["a column after other characters", "SELECT 'ä😀' AS x, naem FROM person WHERE id = :id", /"naem".*query:1:20/],
    ["a table", "SELECT id FROM persons WHERE id = :id", /relation "persons" does not exist .*query:1:16/],
    [
      "a function",
      "SELECT nothing(id) FROM person WHERE id = :id",
      /function nothing\(bigint\) does not exist .*query:1:8/,
    ],
    [
      "an operator",
      "SELECT note + note FROM person WHERE id = :id",
      /operator does not exist: text \+ text .*query:1:13/,
    ],
    ["a type", "SELECT id::nothing FROM person WHERE id = :id", /type "nothing" does not exist .*query:1:12/],
    ["a word", "SELECT id FROM person WHERE id = :id ORDERED BY id", /syntax error at or near "ORDERED" .*query:1:38/],
  ])("%s", async (_, query, words) => {
    const errors = await errorsOf(query);
    expect(errors).toHaveLength(4);
    for (const error of errors) expect((error as Error).message).toMatch(words);
  });

  test("and whose rights are missing, or are limited to some rows", async () => {
    for (const [query, words] of [
      ["SELECT oid FROM pg_authid WHERE oid = :id", /permission denied for table pg_authid/],
      ["SELECT id FROM guarded WHERE id = :id", /row-level security policy for table "guarded".*BYPASSRLS/],
    ] as const) {
      const errors = await errorsOf(query, { role: "small" });
      expect(errors.length).toBeGreaterThanOrEqual(3);
      for (const error of errors) expect((error as Error).message).toMatch(words);
    }
  });
});

test("the server's words are told where that is asked for: in one line", async () => {
  const [error] = await errorsOf("SELECT note::numeric FROM person WHERE id = :id", { serverMessages: true });
  expect((error as Error).message).toBe(
    `PostgreSQL: invalid input syntax for type numeric: "${marker}\\n\\u{1b}[31mERROR admin" (SQLSTATE 22P02, invalid_text_representation)`,
  );
  expect(inspect((error as Error).cause)).not.toContain(marker);
});

test("what the driver itself throws at a value is not told", async () => {
  const client = await pool.connect();
  const types = { getTypeParser: () => (value: string) => JSON.parse(`{${value}`) };
  client.release();
  const connect = async () => {
    const own = await pool.connect();
    const query = own.query.bind(own) as (given: unknown) => unknown;
    own.query = ((given: object | string) =>
      query(
        typeof given === "object" && "rowMode" in given && "types" in given ? { ...given, types } : given,
      )) as never;
    return own;
  };
  const runner = readingRunner({ pool: { ...pool, connect, query: pool.query.bind(pool) } as never });
  const error = await runner
    .run([{ text: "SELECT note FROM person", parameters: [] }], limits, never)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "database.failed", message: expect.stringContaining("SyntaxError") });
  expect(telltale([error])).not.toContain("IBAN");
});
