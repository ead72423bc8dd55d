import { isSynclineError, type Statement } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readingRunner } from "./testing/reading-runner.ts";

const url = await testDatabase();
const never = new AbortController().signal;
const observer = new pg.Pool({ connectionString: url, max: 1 });
const pool = new pg.Pool({ connectionString: url, max: 1, application_name: "reads", pipeline: true });
const runner = readingRunner({ pool });
const limits = { timeoutMs: 5_000, maxRows: 1_000, numbers: "string" } as const;
const reader = `restated_${process.pid}`;

beforeAll(() => observer.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'reader'`));
afterAll(async () => {
  await pool.end();
  await observer.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  await observer.end();
});

function select(text: string, ...parameters: readonly unknown[]): Statement {
  return { text, parameters };
}

async function failureOf(run: Promise<unknown>) {
  return run.then(
    () => "it did not fail",
    (error: unknown) => (isSynclineError(error) ? error.code : String(error)),
  );
}

async function sleeping(): Promise<number> {
  const { rows } = await observer.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'reads' AND state = 'active'",
  );
  return rows[0].n;
}

/** Any value that a setting takes and does not have. */
const others = `SELECT name, CASE vartype
    WHEN 'bool' THEN CASE setting WHEN 'on' THEN 'off' ELSE 'on' END
    WHEN 'enum' THEN (SELECT v FROM unnest(enumvals) v WHERE v <> setting LIMIT 1)
    WHEN 'string' THEN CASE name WHEN 'TimeZone' THEN 'Asia/Tokyo' WHEN 'log_timezone' THEN 'Asia/Tokyo'
      WHEN 'DateStyle' THEN 'German' WHEN 'client_encoding' THEN 'LATIN1' WHEN 'search_path' THEN 'pg_temp' END
    ELSE CASE WHEN setting::numeric + 1 <= max_val::numeric THEN (setting::numeric + 1)::text ELSE min_val END
  END AS value FROM pg_settings
  WHERE context IN ('user', 'superuser') AND name NOT IN ('session_authorization', 'is_superuser')
  UNION ALL SELECT 'role', '${reader}'`;
const all =
  "SELECT name || '=' || current_setting(name) FROM pg_settings WHERE name <> 'statement_timeout' UNION ALL SELECT current_user ORDER BY 1";

test("no statement of a read keeps a setting that the one before has made, whichever it is", async () => {
  // With less time, the wait for a lock is restated with what is left, too.
  const ample = { ...limits, timeoutMs: 30_000 };
  const [before] = await runner.run([select(all)], ample, never);
  const { rows } = await observer.query(others);
  const changed: string[] = [];
  for (const { name, value } of rows.filter((row) => row.value !== null)) {
    for (const isLocal of [true, false]) {
      const set = select(`SELECT set_config($1::text, $2::text, ${isLocal})`, name, value);
      const settings = await runner.run([set, select(all)], ample, never).catch(() => undefined);
      if (settings === undefined) continue;
      changed.push(name);
      expect(settings[1]?.rows, `${name} = ${value}`).toEqual(before?.rows);
    }
  }
  expect(changed).toEqual(
    expect.arrayContaining([
      "lock_timeout",
      "work_mem",
      "search_path",
      "row_security",
      "role",
      "enable_seqscan",
      "jit",
    ]),
  );
  expect(changed.length).toBeGreaterThan(200);
});

test("each statement has what is left of the read's time, whatever the one before has set", async () => {
  const left = select("SELECT current_setting('statement_timeout')::interval < interval '4.9 s', pg_sleep(0.2)::text");
  const lift = select("SELECT set_config('statement_timeout', '0', true), pg_sleep(0.2)::text");
  const results = await runner.run([lift, left, left], limits, never);
  expect(results.slice(1).map(({ rows }) => rows[0]?.[0])).toEqual([true, true]);
  const lifted = [lift, select("SELECT pg_sleep(90)::text")];
  expect(await failureOf(runner.run(lifted, { ...limits, timeoutMs: 600 }, never))).toBe("query.timeout");
  // Its process is seen as active until a moment after its error was sent.
  await vi.waitUntil(async () => (await sleeping()) === 0, { timeout: 30_000 });
});

test("a statement cannot lift the limit that it runs under itself", async () => {
  const client = await pool.connect();
  client.release();
  for (const setting of ["statement_timeout", "lock_timeout", "transaction_timeout"]) {
    const own = select(
      `SELECT set_config('${setting}', '0', true), set_config('${setting}', '0', false), pg_sleep(90)`,
    );
    const error: unknown = await runner
      .run([own], { ...limits, timeoutMs: 200 }, never)
      .catch((thrown: unknown) => thrown);
    // `set_config` of what the server does not know is an error of its own.
    if (isSynclineError(error) && error.code === "query.invalid") continue;
    expect(error).toMatchObject({ code: "query.timeout", message: expect.stringContaining("57014") });
  }
  const next = await pool.connect();
  expect(next).toBe(client);
  next.release();
});

test("reads work where set_config is taken from whoever reads, and templates have the server's work_mem then", async () => {
  await observer.query("REVOKE EXECUTE ON FUNCTION set_config(text, text, boolean) FROM PUBLIC");
  const address = new URL(url);
  [address.username, address.password] = [reader, "reader"];
  const own = new pg.Pool({ connectionString: address.href, max: 1 });
  try {
    const poor = readingRunner({ pool: own });
    expect((await poor.run([select("SELECT 1"), select("SELECT 2")], limits, never)).map(({ rows }) => rows)).toEqual([
      [[1]],
      [[2]],
    ]);
    const raise = "SELECT set_config('work_mem', '1TB', true)";
    expect(await failureOf(poor.run([select(raise)], limits, never))).toBe("query.invalid");
    const hidden = `SELECT query_to_xml('${raise.replaceAll("'", "''")}', true, false, '')::text`;
    expect(await failureOf(poor.run([select(hidden)], limits, never))).toBe("query.invalid");
  } finally {
    await own.end();
    await observer.query("GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO PUBLIC");
  }
});

test.each([
  "SELECT pg_advisory_lock(1), pg_advisory_lock_shared(2), pg_advisory_xact_lock(3)",
  "SELECT pg_notify('channel', 'x')",
  "SELECT set_config('work_mem', '64kB', false), set_config('role', 'pg_monitor', false)",
  "SELECT pg_export_snapshot()",
  ...[
    "LISTEN channel",
    "PREPARE kept AS SELECT 1",
    "DECLARE kept CURSOR WITH HOLD FOR SELECT 1",
    "SET work_mem = 64",
  ].map((text) => `SELECT query_to_xml('${text}', true, false, '')::text`),
  "SELECT query_to_xml('CREATE TEMP TABLE kept ()', true, false, '')::text",
  "SELECT query_to_xml('SELECT pg_advisory_lock(4)', true, false, '')::text",
])("leaves nothing behind on its connection: %s", async (text) => {
  const state = `SELECT pg_backend_pid(), current_setting('work_mem'), current_user::text,
    (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE name <> ''),
    (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())`;
  const before = (await pool.query({ text: state, rowMode: "array" })).rows;
  await runner.run([select(text)], limits, never).catch(() => {});
  expect((await pool.query({ text: state, rowMode: "array" })).rows).toEqual(before);
});
