import type { DatabaseSession } from "@syncline/core/spi";
import { ownPostgres } from "@syncline/dev-postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres } from "./adapter.ts";
import { adapterLife } from "./testing/adapter-life.ts";
import { withLogin } from "./testing/replicas.ts";
import { keepingLogger, leaseOf, never, recordTexts, routeTo } from "./testing/session.ts";

/**
 * Whatever somebody has set for the database or its logins: the adapter's life is the same as
 * without.
 */
const server = await ownPostgres({ settings: { max_prepared_transactions: "5" } });
afterAll(() => server.stop());
const url = await server.createDatabase();
const admin = new pg.Pool({ connectionString: url, max: 1 });
admin.on("error", () => {});
afterAll(() => admin.end());
const roles = ["worker", "reader", "application"] as const;
const logins = {
  worker: withLogin(url, "worker"),
  reader: withLogin(url, "reader"),
  application: withLogin(url, "application"),
  administrator: url,
};
let plain: Awaited<ReturnType<typeof adapterLife>>;

beforeAll(async () => {
  for (const role of roles) await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
  await admin.query(`
    CREATE ROLE other; GRANT worker, reader, application TO other;
    CREATE SCHEMA syncline AUTHORIZATION worker;
    CREATE TYPE public.kind AS ENUM ('a', 'b');
    CREATE TABLE public.orders (id bigint PRIMARY KEY, note text, kind public.kind);
    INSERT INTO public.orders SELECT n, 'note ' || n, 'a' FROM generate_series(1, 60) AS n;
    GRANT SELECT ON public.orders TO reader, worker`);
  plain = await adapterLife(logins);
});

/** Settings of all logins. */
async function lifeUnder(settings: readonly string[], whose: readonly string[] = roles): Promise<unknown> {
  await admin.query("DROP SCHEMA syncline CASCADE; CREATE SCHEMA syncline AUTHORIZATION worker");
  for (const role of whose) for (const setting of settings) await admin.query(`ALTER ROLE ${role} SET ${setting}`);
  try {
    return await adapterLife(logins);
  } finally {
    for (const role of roles) await admin.query(`ALTER ROLE ${role} RESET ALL`);
  }
}

test.each([
  [["default_transaction_isolation = serializable", "default_transaction_deferrable = on"]],
  [["default_transaction_isolation = 'repeatable read'"]],
  [["array_nulls = off"]],
  [["enable_nestloop = off"]],
  [["enable_indexscan = off", "enable_indexonlyscan = off"]],
  [["enable_sort = off", "enable_incremental_sort = off", "enable_hashagg = off"]],
  [["jit = on", "jit_above_cost = 0", "jit_inline_above_cost = 0", "jit_optimize_above_cost = 0"]],
  [["plan_cache_mode = force_custom_plan"]],
  [["plan_cache_mode = force_generic_plan"]],
  [["join_collapse_limit = 1", "from_collapse_limit = 1"]],
  [["geqo_threshold = 2"]],
  [["random_page_cost = 100000", "cpu_operator_cost = 0", "effective_cache_size = 1"]],
  [["work_mem = '64kB'", "temp_buffers = 100", "hash_mem_multiplier = 1"]],
  [["force_parallel_mode = on", "parallel_setup_cost = 0", "parallel_tuple_cost = 0"]],
  [["max_parallel_workers_per_gather = 0", "parallel_leader_participation = off"]],
  [["DateStyle = 'German'", "IntervalStyle = sql_standard", "TimeZone = 'Asia/Kathmandu'"]],
  [["extra_float_digits = -15"]],
  [["bytea_output = escape", "xmlbinary = hex", "xmloption = document"]],
  [["standard_conforming_strings = off", "backslash_quote = on", "escape_string_warning = on"]],
  [["quote_all_identifiers = on"]],
  [["transform_null_equals = on"]],
  [["row_security = off"]],
  [["client_min_messages = debug5"]],
  [["client_min_messages = error", "track_activities = on", "check_function_bodies = off"]],
  [["synchronous_commit = off"]],
  [["default_tablespace = 'pg_default'", "temp_tablespaces = ''", "search_path = 'pg_catalog', 'public'"]],
  [["plpgsql.extra_errors = 'all'", "plpgsql.variable_conflict = use_column"]],
  [["session_replication_role = replica"]],
  [["default_table_access_method = 'no_such'", "default_toast_compression = pglz"]],
] as const)("%j", async (settings) => {
  expect(await lifeUnder(settings)).toEqual(plain);
});

test.each([
  [["default_transaction_read_only = on"]],
  [["lock_timeout = 1"]],
  [["idle_in_transaction_session_timeout = 1"]],
] as const)("%j for the logins of a pipeline", async (settings) => {
  expect(await lifeUnder(settings, ["worker", "reader"])).toEqual(plain);
});

test.each(["'read committed'", "'repeatable read'", "serializable"])(
  "two workers at once are never refused for the other's work where the default is %s",
  async (level) => {
    await admin.query(`ALTER ROLE worker SET default_transaction_isolation = ${level}`);
    const sessions = [1, 2].map(() => postgres({ connectionString: logins.worker }).open({ log: keepingLogger().log }));
    const recorder = new pg.Pool({ connectionString: url, max: 1 });
    let accepted = 0;
    const work = async ({ poller }: DatabaseSession) => {
      for (let round = 0; round < 60; round += 1) {
        await recordTexts(recorder, [`key ${round % 7}`, `other ${round}`]);
        const { claims } = await poller.dispatch(10, routeTo("shared", { lease: leaseOf() }), never);
        await poller.renew(claims, 60_000);
        await poller.settle(claims.map((claim) => ({ result: "accepted", claim })));
        accepted += claims.length;
      }
    };
    try {
      await sessions[0]?.migrate(never);
      await Promise.all(sessions.map(work));
      expect(accepted).toBeGreaterThan(0);
    } finally {
      await admin.query("ALTER ROLE worker RESET ALL");
      await Promise.all([recorder.end(), ...sessions.map((session) => session.close())]);
    }
  },
);

test("times keep their milliseconds where extra_float_digits is low", async () => {
  await admin.query("ALTER ROLE worker SET extra_float_digits = -15");
  const { poller, migrate, close } = postgres({ connectionString: logins.worker }).open({ log: keepingLogger().log });
  try {
    await migrate(never);
    await admin.query("TRUNCATE syncline.change, syncline.delivery");
    const before = Date.now();
    await recordTexts(admin, ["timed"]);
    const { claims } = await poller.dispatch(10, routeTo("timed", { lease: leaseOf() }), never);
    expect(Math.abs((claims[0]?.firstRecordedAt ?? 0) - before)).toBeLessThan(60_000);
  } finally {
    await admin.query("ALTER ROLE worker RESET ALL");
    await close();
  }
});

test("connections that have nothing to do are not lost where idle_session_timeout is short", async () => {
  for (const role of ["worker", "reader"]) await admin.query(`ALTER ROLE ${role} SET idle_session_timeout = 300`);
  const { log, messages } = keepingLogger();
  const session = postgres({
    connectionString: logins.worker,
    query: { connectionString: logins.reader },
    wakeUp: { notify: true },
  }).open({ log });
  try {
    await session.migrate(never);
    const stop = await session.changeSignal?.listen(() => {});
    await session.poller.dispatch(10, routeTo("idle"), never);
    const statement = { text: "SELECT 1", parameters: [] };
    await session.queryRunner.run([statement], { timeoutMs: 5_000, maxRows: 1, numbers: "string" }, never);
    const others =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename IN ('worker', 'reader') AND now() - state_change > '1 s'";
    await expect.poll(async () => (await admin.query(others)).rows[0].n, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    await stop?.();
    expect(messages.filter((message) => message.includes("lost") || message.includes("down"))).toEqual([]);
  } finally {
    for (const role of ["worker", "reader"]) await admin.query(`ALTER ROLE ${role} RESET ALL`);
    await session.close();
  }
});

test("a backfill takes as long as its query does", async () => {
  await admin.query("ALTER ROLE worker SET statement_timeout = 500");
  const session = postgres({ connectionString: logins.worker }).open({ log: keepingLogger().log });
  try {
    const keys = 'SELECT id AS "orderId" FROM orders, pg_sleep(1)';
    const category = { name: "order", fields: { orderId: "bigint" } } as never;
    expect(await session.backlog.backfill({ strategy: "folded", category, keys }, never)).toBe(60);
  } finally {
    await admin.query("ALTER ROLE worker RESET ALL");
    await session.close();
  }
});
