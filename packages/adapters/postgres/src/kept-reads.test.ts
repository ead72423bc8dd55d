import { isSynclineError, type Statement } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { QueryRunnerSettings } from "./query-runner.ts";
import { readingRunner } from "./testing/reading-runner.ts";

/** What a connection of our own keeps from one read to the next, and that nothing goes wrong with it. */
const url = await testDatabase();
const never = new AbortController().signal;
const admin = new pg.Pool({ connectionString: url, max: 1 });
const limits = { timeoutMs: 5_000, maxRows: 1_000, numbers: "string" } as const;
const reader = `kept_${process.pid}`;
const pools: pg.Pool[] = [admin];

beforeAll(() =>
  admin.query(`
    CREATE ROLE ${reader} LOGIN PASSWORD 'reader';
    CREATE FUNCTION run(command text) RETURNS int LANGUAGE plpgsql AS 'BEGIN EXECUTE command; RETURN 1; END';
    CREATE TABLE item (id int PRIMARY KEY, shop int, code varchar(20) UNIQUE, name text, amount int);
    CREATE INDEX ON item (shop);
    INSERT INTO item SELECT i, i % 10, 'c' || i, 'n' || i, i FROM generate_series(1, 5000) i;
    CREATE TABLE line (item int, number int, note text, PRIMARY KEY (item, number));
    INSERT INTO line SELECT i, n, 'note' FROM generate_series(1, 5000) i, generate_series(1, 3) n;
    GRANT SELECT ON item, line TO ${reader};
    ANALYZE item, line`),
);
afterAll(async () => {
  await Promise.all(pools.slice(1).map((pool) => pool.end()));
  await admin.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  await admin.end();
});

/** One connection, so that all reads share it; as whom it reads. */
function reading({ login, ...settings }: Partial<QueryRunnerSettings> & { readonly login?: string } = {}) {
  const address = new URL(url);
  if (login !== undefined) [address.username, address.password] = [login, "reader"];
  const pool = new pg.Pool({ connectionString: address.href, max: 1, pipeline: true });
  pool.on("error", () => {});
  pools.push(pool);
  const runner = readingRunner({ keeps: "all", ...settings, pool });
  const read = async (text: string, ...parameters: readonly unknown[]) =>
    (await runner.run([{ text, parameters }], limits, never))[0]?.rows ?? [];
  return { pool, runner, read };
}

/** As often as it takes for a statement to be looked at, and for its plan to be kept. */
async function often<Result>(read: () => Promise<Result>): Promise<Result> {
  for (let times = 0; times < 20; times += 1) await read();
  return read();
}

/** What the server has prepared for a connection, by what the statements read. */
async function preparedOf(pool: pg.Pool, what = ""): Promise<number> {
  const { rows } = await pool.query("SELECT statement FROM pg_prepared_statements");
  return rows.filter(({ statement }) => statement.includes(what)).length;
}

async function processOf(pool: pg.Pool): Promise<number> {
  return (await pool.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
}

const byId = "SELECT id, name, amount FROM item WHERE id = CAST($1 AS int)";
const byIds = `SELECT k.n, i.name FROM ROWS FROM (unnest($1::int[])) AS "syncline keys"(n)
  CROSS JOIN LATERAL (SELECT "syncline keys".n) AS k LEFT JOIN LATERAL (SELECT name FROM item WHERE id = k.n) AS i ON true`;

describe("a plan is kept where it is good for any values", () => {
  test.each([
    ["by a unique key", byId, ["7"]],
    ["by a unique text", "SELECT id FROM item WHERE code = $1", ["c7"]],
    ["by a key of two columns", "SELECT note FROM line WHERE item = $1 AND number = $2", ["7", "2"]],
    [
      "with what it refers to",
      "SELECT l.note, i.name FROM line l JOIN item i ON i.id = l.item WHERE l.item = $1 AND l.number = $2",
      ["7", "2"],
    ],
    [
      "with a single value more",
      "SELECT note, (SELECT name FROM item WHERE id = l.item) FROM line l WHERE item = $1 AND number = 1",
      ["7"],
    ],
    ["for a set of keys", byIds, ["{7,8}"]],
  ])("kept: %s", async (_, text, parameters) => {
    const { pool, read } = reading();
    const first = await read(text, ...parameters);
    expect(first).not.toEqual([]);
    expect(await often(() => read(text, ...parameters))).toEqual(first);
    expect(await preparedOf(pool)).toBe(1);
  });

  test.each([
    ["many rows for a value", "SELECT id FROM item WHERE shop = $1", ["7"]],
    ["a part of a key", "SELECT note FROM line WHERE item = $1", ["7"]],
    ["a range of a key", "SELECT id FROM item WHERE id > $1 AND id < 10", ["7"]],
    ["any of a list", "SELECT id FROM item WHERE id = ANY ($1::int[])", ["{7}"]],
    ["the first by an index", "SELECT id FROM item WHERE shop = $1 ORDER BY id LIMIT 1", ["7"]],
    ["all of a table", "SELECT count(*) FROM item WHERE name = $1", ["n7"]],
    ["rows of a function", "SELECT n FROM generate_series(1, $1::int) AS n, item WHERE id = 7", ["7"]],
    ["no table at all", "SELECT $1::text", ["7"]],
  ])("not kept: %s", async (_, text, parameters) => {
    const { pool, read } = reading();
    await often(() => read(text, ...parameters));
    expect(await preparedOf(pool)).toBe(0);
  });

  test("a set's statement serves any number of keys", async () => {
    const { pool, read } = reading();
    await often(() => read(byIds, "{7}"));
    for (const count of [0, 1, 2, 500]) {
      const keys = Array.from({ length: count }, (_, index) => 4_900 + index);
      const rows = keys.map((key) => [key, key > 5_000 ? null : `n${key}`]);
      expect(await read(byIds, `{${keys}}`)).toEqual(rows);
    }
    expect(await preparedOf(pool)).toBe(1);
  });

  test("a statement that runs for each key is kept once", async () => {
    const { pool, runner } = reading();
    const statements = [7, 8, 9].map((id) => ({ text: byId, parameters: [String(id)] }));
    const results = await often(() => runner.run(statements, limits, never));
    expect(results.map(({ rows }) => rows)).toEqual([[[7, "n7", 7]], [[8, "n8", 8]], [[9, "n9", 9]]]);
    expect(await preparedOf(pool)).toBe(1);
  });

  test("when a plan stops being one, the statement is planned anew for each value", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const { pool, read } = reading();
      await admin.query(
        "CREATE TABLE fading AS SELECT id, name FROM item; ALTER TABLE fading ADD PRIMARY KEY (id); ANALYZE fading",
      );
      const text = "SELECT name FROM fading WHERE id = $1";
      await often(() => read(text, "7"));
      expect(await preparedOf(pool)).toBe(1);
      await admin.query("ALTER TABLE fading DROP CONSTRAINT fading_pkey");
      vi.advanceTimersByTime(61_000);
      expect(await often(() => read(text, "7"))).toEqual([["n7"]]);
      expect(await preparedOf(pool)).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("what a template changes does not outlast its read", () => {
  /** Any value that a setting takes and does not have. */
  const others = `SELECT name, CASE vartype
      WHEN 'bool' THEN CASE setting WHEN 'on' THEN 'off' ELSE 'on' END
      WHEN 'enum' THEN (SELECT v FROM unnest(enumvals) v WHERE v <> setting LIMIT 1)
      WHEN 'string' THEN CASE name WHEN 'TimeZone' THEN 'Asia/Tokyo' WHEN 'DateStyle' THEN 'German' WHEN 'search_path' THEN 'pg_temp' END
      ELSE CASE WHEN setting::numeric + 1 <= max_val::numeric THEN (setting::numeric + 1)::text ELSE min_val END
    END AS value FROM pg_settings
    WHERE context IN ('user', 'superuser') AND name NOT IN ('session_authorization', 'is_superuser')
    UNION ALL SELECT 'role', '${reader}'`;
  const all =
    "SELECT name || '=' || current_setting(name) FROM pg_settings WHERE name NOT LIKE 'plpgsql.%' UNION ALL SELECT current_user ORDER BY 1";

  test("no setting, whichever it is, of the session or of the transaction", async () => {
    const { pool, read } = reading();
    const before = await read(all);
    expect(before.map(([text]) => text)).toEqual(
      expect.arrayContaining(["IntervalStyle=iso_8601", "row_security=off", "random_page_cost=1.1"]),
    );
    const own = await processOf(pool);
    const { rows } = await admin.query(others);
    const changed: string[] = [];
    for (const { name, value } of rows.filter((row) => row.value !== null)) {
      for (const isLocal of [true, false]) {
        const set = read(`SELECT set_config($1::text, $2::text, ${isLocal})`, name, value);
        const isSet = await set.then(
          () => true,
          () => false,
        );
        if (isSet) changed.push(name);
        expect(await read(all), `${name} = ${value}`).toEqual(before);
      }
    }
    expect(changed).toEqual(
      expect.arrayContaining(["IntervalStyle", "TimeZone", "row_security", "role", "search_path"]),
    );
    expect(changed.length).toBeGreaterThan(200);
    expect(await processOf(pool)).toBe(own);
  });

  test.each([
    "RESET ALL",
    "DISCARD PLANS",
    "DISCARD SEQUENCES",
    "RESET IntervalStyle",
    "SET SESSION AUTHORIZATION DEFAULT",
  ])("nor what a function does with: %s", async (command) => {
    const { read } = reading();
    const before = await read(all);
    await read("SELECT run($1)", command).catch(() => {});
    expect(await read(all)).toEqual(before);
  });

  test.each([
    ["takes away what is prepared", "DEALLOCATE ALL"],
    ["throws away all that it can", "DISCARD ALL"],
    [
      "prepares something else in its place",
      `DEALLOCATE syncline_lookup_1; PREPARE syncline_lookup_1 (int, bigint) AS SELECT 0, 'false', 0`,
    ],
    ["prepares something of another form", `DEALLOCATE syncline_lookup_1; PREPARE syncline_lookup_1 AS SELECT 1`],
    ["prepares what comes next", `PREPARE syncline_lookup_2 AS SELECT 1`],
    ["locks", "SELECT pg_advisory_lock(77)"],
  ])("nor does it hurt another's read when one %s", async (_, commands) => {
    const { pool, read } = reading();
    const hostile = commands.split("; ");
    for (let round = 0; round < 3; round += 1) {
      expect(await often(() => read(byId, "7"))).toEqual([[7, "n7", 7]]);
      await read(`SELECT ${hostile.map((_, index) => `run($${index + 1})`).join(", ")}`, ...hostile).catch(() => {});
      expect(await read(byId, "8")).toEqual([[8, "n8", 8]]);
      expect(await often(() => read("SELECT code FROM item WHERE id = $1", "9"))).toEqual([["c9"]]);
    }
    // Of this connection: other tests lock, too.
    const locks = "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    const { rows } = await pool.query(locks);
    expect(rows).toEqual([{ n: 0 }]);
  });

  test("each read has its own limit of time", async () => {
    const { runner, read } = reading();
    const left: Statement = { text: "SELECT current_setting('statement_timeout')", parameters: [] };
    await read("SELECT set_config('statement_timeout', '0', false)");
    for (const timeoutMs of [700, 5_000, 900]) {
      const [result] = await runner.run([left], { ...limits, timeoutMs }, never);
      expect(result?.rows).toEqual([[timeoutMs % 1_000 === 0 ? `${timeoutMs / 1_000}s` : `${timeoutMs}ms`]]);
    }
  });
});

describe("what changes under a kept plan is seen", () => {
  test.each([
    ["a column gets another type", "ALTER TABLE moving ALTER amount TYPE bigint", [["n7", "7"]]],
    [
      "a table takes another's name",
      "ALTER TABLE moving RENAME TO moved; CREATE TABLE moving AS SELECT id, 'new' AS name, 1 AS amount FROM item",
      [["new", 1]],
    ],
    [
      "a column is dropped and made again",
      "ALTER TABLE moving DROP amount; ALTER TABLE moving ADD amount text DEFAULT 'x'",
      [["n7", "x"]],
    ],
    ["a row is written", "UPDATE moving SET amount = 8 WHERE id = 7", [["n7", 8]]],
  ])("%s", async (_, change, rows) => {
    const { pool, read } = reading();
    await admin.query(`DROP TABLE IF EXISTS moving, moved; CREATE TABLE moving AS SELECT id, name, amount FROM item;
      ALTER TABLE moving ADD PRIMARY KEY (id); ANALYZE moving`);
    const text = "SELECT name, amount FROM moving WHERE id = $1";
    expect(await often(() => read(text, "7"))).toEqual([["n7", 7]]);
    expect(await preparedOf(pool)).toBe(1);
    await admin.query(change);
    expect(await read(text, "7")).toEqual(rows);
    expect(await read(text, "7")).toEqual(rows);
  });

  test.each([
    ["a right is taken away", `REVOKE SELECT ON item FROM ${reader}`, `GRANT SELECT ON item TO ${reader}`],
    ["rows are hidden", "ALTER TABLE item ENABLE ROW LEVEL SECURITY", "ALTER TABLE item DISABLE ROW LEVEL SECURITY"],
  ])("%s", async (_, change, back) => {
    const { pool, read } = reading({ login: reader });
    await often(() => read(byId, "7"));
    expect(await preparedOf(pool)).toBe(1);
    await admin.query(change);
    const failure = await read(byId, "7").catch((error: unknown) => error);
    await admin.query(back);
    expect(isSynclineError(failure) && failure.message).toContain("42501");
    expect(await read(byId, "7")).toEqual([[7, "n7", 7]]);
  });

  test("within a minute, what is found first for a name", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      await admin.query(
        `CREATE SCHEMA early; ALTER ROLE ${reader} SET search_path = early, public; GRANT USAGE ON SCHEMA early TO ${reader}`,
      );
      const { read } = reading({ login: reader });
      await often(() => read(byId, "7"));
      await admin.query(
        `CREATE TABLE early.item AS SELECT id, 'early' AS name, 1 AS amount FROM item; ALTER TABLE early.item ADD PRIMARY KEY (id);
        ANALYZE early.item; GRANT SELECT ON early.item TO ${reader}`,
      );
      vi.advanceTimersByTime(60_001);
      expect(await read(byId, "7")).toEqual([[7, "early", 1]]);
      expect(await often(() => read(byId, "7"))).toEqual([[7, "early", 1]]);
    } finally {
      vi.useRealTimers();
      await admin.query(`DROP SCHEMA early CASCADE; ALTER ROLE ${reader} RESET search_path`);
    }
  });
});

test("a connection keeps so many statements, and those that were used last", async () => {
  const { pool, read } = reading();
  for (let index = 0; index < 80; index += 1)
    await often(() => read(`SELECT name, ${index} FROM item WHERE id = $1`, "7"));
  const own = await processOf(pool);
  expect(await preparedOf(pool)).toBe(64);
  expect(await preparedOf(pool, "SELECT name, 79 FROM")).toBe(1);
  expect(await preparedOf(pool, "SELECT name, 0 FROM")).toBe(0);
  expect(await read("SELECT name, 0 FROM item WHERE id = $1", "7")).toEqual([["n7", 0]]);
  expect(await preparedOf(pool)).toBe(64);
  expect(await processOf(pool)).toBe(own);
});
