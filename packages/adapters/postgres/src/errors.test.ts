import { inspect } from "node:util";
import { SynclineError } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { breaksConnection, translateError } from "./errors.ts";
import { openPool } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);

async function errorOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("did not fail");
}

describe("what the server says", () => {
  test.each([
    ["SELECT 1 / 0", "database.failed", "query.data"],
    ["SELECT 'x'::int", "database.failed", "query.data"],
    ["SELECT (SELECT 1 UNION SELECT 2)", "database.failed", "query.data"],
    ["SELEC", "database.failed", "query.invalid"],
    ["SELECT * FROM nowhere", "database.schema", "query.invalid"],
    ["SELECT * FROM nowhere.never", "database.schema", "query.invalid"],
    ["SELECT nothing FROM pg_class", "database.schema", "query.invalid"],
    ["SELECT nothing()", "database.schema", "query.invalid"],
    ["BEGIN READ ONLY; CREATE TABLE t (id int)", "database.unavailable", "query.refused"],
    ["SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)", "database.busy", "query.timeout"],
    ["DO $$ BEGIN RAISE EXCEPTION 'mine'; END $$", "database.failed", "query.data"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$", "database.busy", "database.busy"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '55P03'; END $$", "database.busy", "database.busy"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53300'; END $$", "database.unavailable", "database.unavailable"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$", "database.busy", "database.busy"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53200'; END $$", "database.unavailable", "database.unavailable"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$", "database.unavailable", "database.unavailable"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '58030'; END $$", "database.unavailable", "database.unavailable"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'HV00N'; END $$", "database.unavailable", "database.unavailable"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '25P04'; END $$", "database.unavailable", "database.unavailable"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '72000'; END $$", "database.busy", "database.busy"],
    ["DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '55006'; END $$", "database.busy", "database.busy"],
    ["BEGIN; CREATE MATERIALIZED VIEW m AS SELECT 1 WITH NO DATA; SELECT * FROM m", "database.busy", "database.busy"],
    // A statement's own share of temporary files: with another key it may do with less.
    [
      "SET temp_file_limit = 0; SET work_mem = 64; SELECT * FROM generate_series(1, 100000) ORDER BY 1",
      "database.unavailable",
      "database.failed",
    ],
    ["SELECT pg_terminate_backend(pg_backend_pid())", "database.unavailable", "database.unavailable"],
  ])("%s is %s in our statements and %s in a strategy's", async (text, own, query) => {
    const client = await pool.connect();
    const error = await errorOf(() => client.query(text));
    client.release(true);
    expect(translateError(error)).toMatchObject({ code: own, cause: error });
    expect(translateError(error, "query")).toMatchObject({ code: query });
  });
});

describe("what the driver says", () => {
  test.each<[string, string]>([
    ["nobody listens", "postgres://x@127.0.0.1:1/none"],
    ["there is no such host", "postgres://x@no-such-host.invalid/none"],
    ["there is no such database", url.replace(/\/[^/]+$/, "/no_such_database")],
  ])("%s: unavailable, to be tried again", async (_, connectionString) => {
    const client = new pg.Client({ connectionString });
    client.on("error", () => {});
    const error = await errorOf(() => client.connect());
    expect(translateError(error)).toMatchObject({ code: "database.unavailable", retryable: true });
    await client.end().catch(() => {});
  });

  test("a pool whose connections are all taken: unavailable", async () => {
    const single = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 1_000 });
    const held = await single.connect();
    expect(translateError(await errorOf(() => single.connect()))).toMatchObject({ code: "database.unavailable" });
    held.release();
    await single.end();
  });

  test("a plan that a migration made obsolete: busy, and the connection is given up", async () => {
    await pool.query("CREATE TABLE planned (a int)");
    const client = await pool.connect();
    const query = { name: "planned", text: "SELECT * FROM planned" };
    await client.query(query);
    await client.query("ALTER TABLE planned ADD b int");
    const error = await errorOf(() => client.query(query));
    client.release(true);
    expect(translateError(error)).toMatchObject({ code: "database.busy", retryable: true });
    expect(breaksConnection(error)).toBe(true);
  });
});

test("an address that cannot be read is told without it, also where the driver's error has it", () => {
  const error = translateError(errorOfUrl("postgres://me:planted-secret@host:99999999/x"));
  expect(error.code).toBe("database.failed");
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("planted-secret");
});

function errorOfUrl(text: string): unknown {
  try {
    return new URL(text);
  } catch (error) {
    return error;
  }
}

test("what is a SynclineError already stays what it is, and anything else is a failure with its cause", () => {
  const known = new SynclineError("query.row-limit", "too many");
  expect(translateError(known)).toBe(known);
  const bug = new TypeError("a bug");
  expect(translateError(bug)).toMatchObject({ code: "database.failed", cause: bug, retryable: false });
  expect(translateError("odd")).toMatchObject({ code: "database.failed" });
  expect(translateError(undefined)).toMatchObject({ code: "database.failed" });
});
