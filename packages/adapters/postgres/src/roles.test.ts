import { readFile } from "node:fs/promises";
import type { DatabaseSession, Settlement } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgres } from "./adapter.ts";
import { postgresRecorder } from "./recorder.ts";
import { createRoles, type GrantedRight, grantsOf, type RoleName } from "./testing/roles.ts";
import { accepted, keepingLogger, leaseOf, never, openPool, recordTexts, routeTo } from "./testing/session.ts";

/** What `sql/roles.sql` grants is what each role needs: all of it works, and nothing of it is to spare. */
const url = await testDatabase();
const admin = openPool(url, 3);
const roles = await createRoles(admin, url);
afterAll(() => roles.drop());

async function opened<Result>(role: RoleName, work: (session: DatabaseSession) => Promise<Result>): Promise<Result> {
  const connectionString = roles.login(role);
  const session = postgres({ connectionString, wakeUp: { notify: true } }).open({ log: keepingLogger().log });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function as<Result>(role: RoleName, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: roles.login(role) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const change = (name: string) => ({
  category: "order",
  condition: { name },
  key: JSON.stringify({ name }),
  operation: "upsert" as const,
});

async function workOn(backfills: DatabaseSession["backfills"]): Promise<void> {
  const of = { name: "order", fields: { name: "string" } } as const;
  const about = { strategy: "crm", category: of.name, fields: "[]", keys: "SELECT 'a' AS name", allKeys: false };
  const lease = { owner: crypto.randomUUID(), durationMs: 60_000 };
  const record = { action: "backfill", actor: null, reason: null, strategy: "crm", selection: "{}" } as const;
  const examined = await backfills?.examine(of, about.keys, never);
  if (backfills === undefined || examined === undefined) throw new Error("PostgreSQL keeps backfills");
  const throttle = { chunk: 9, rate: null, maxWaiting: null };
  const id = await backfills.begin({ ...examined, ...about, ...throttle }, lease, never, record);
  const [job] = await backfills.list({ id, limit: 1 }, never);
  if (job !== undefined) await backfills.record(job, of, lease, 9, never);
  expect((await backfills.list({ id, limit: 1 }, never))[0]).toMatchObject({ state: "done", done: 1 });
  expect(await backfills.waiting("crm", 9, never)).toBeGreaterThan(0);
}

/** All that a worker and an operator do with the database. */
async function workAsWorker(): Promise<void> {
  await admin.query("TRUNCATE syncline.change, syncline.delivery, syncline.refused, syncline.pause");
  await opened(
    "worker",
    async ({
      poller,
      backlog,
      strategyStore,
      strandedWork,
      changeSignal,
      definitions,
      audit,
      strategyHistory,
      backfills,
      checkSchema,
    }) => {
      expect(await checkSchema(never)).toBeUndefined();
      await (await changeSignal?.listen(() => {}))?.();
      expect((await strategyStore?.load(never))?.revision).toBeDefined();
      expect((await definitions?.categories(never))?.categories).toEqual([]);
      expect(await strategyHistory?.list("none", {}, never)).toEqual([]);
      await workOn(backfills);
      await admin.query("TRUNCATE syncline.change");
      await recordTexts(admin, ["a", "b", "c", "d"]);
      // Above the clock: without the right to look, newer servers say that there is no last one.
      const { rows } = await admin.query<{ last: string }>(
        "SELECT setval('syncline.revision', greatest(pg_sequence_last_value('syncline.revision'), 8e15::bigint) + 1)::text AS last",
      );
      const { claims } = await poller.dispatch(10, routeTo("crm", { lease: leaseOf() }), never);
      expect(BigInt(claims[0]?.revision ?? 0)).toBeGreaterThan(BigInt(rows[0]?.last ?? 0));
      expect(await poller.renew(claims, 60_000)).toHaveLength(4);
      const [first, second, third, fourth] = claims;
      if (first === undefined || second === undefined || third === undefined || fourth === undefined) throw new Error();
      const failure = { kind: "rejected", code: "no", message: "No." } as const;
      const ends: readonly Settlement[] = [
        ...accepted([first]),
        { result: "retry", claim: second, delayMs: 0, failure: { ...failure, effect: "no" } },
        { result: "dead", claim: third, failure: { ...failure, effect: "no" } },
        { result: "held", claim: fourth, failure: { ...failure, effect: "maybe" } },
      ] as readonly Settlement[];
      expect(await poller.settle(ends)).not.toContain("late");
      // One folds into what is there, one is refused.
      await recordTexts(admin, ["b", "unfit"]);
      const folding = routeTo("crm");
      const refusing: typeof folding = Object.assign(
        (changes: Parameters<typeof folding>[0], revision: string | undefined) => {
          const [kept, unfit] = [changes.slice(0, 1), changes.slice(1)];
          const refused = unfit.map((each) => ({ change: each, reason: "No such field." }));
          return { deliveries: folding(kept, revision)?.deliveries ?? [], refused };
        },
        { seen: [] },
      );
      expect(await poller.dispatch(10, refusing, never)).toMatchObject({ taken: 2, folded: 1 });
      expect(await poller.claim([{ strategy: "crm", count: 10, strict: false }], leaseOf(), never)).toHaveLength(1);
      expect(await backlog.status(never)).toMatchObject({ refused: 1 });
      const { items } = await backlog.deadLetters({}, never);
      expect(items).toHaveLength(2);
      expect(await backlog.requeue({ ids: items.slice(0, 1).map(({ id }) => id) }, never)).toBe(1);
      expect(await backlog.discard({ strategy: "crm" }, never)).toBe(1);
      const entry = { actor: "ann", reason: null, strategy: "crm", selection: "{}" };
      await backlog.pause("crm", never, { ...entry, action: "pause" });
      await backlog.resume("crm", never);
      expect((await audit?.list({ limit: 1 }, never))?.items).toMatchObject([{ ...entry, action: "pause" }]);
      expect(await backlog.backfill({ strategy: "crm", changes: [change("e")] }, never)).toBe(1);
      expect(await backlog.readmit(["order"], never)).toBe(1);
      expect(await poller.blockers?.(never)).toEqual({ sessions: [] });
      for (const strategies of [["crm"], ["crm"], []])
        expect(await strandedWork?.attend("00000000-0000-4000-8000-000000000000", strategies, 1, never)).toEqual([]);
      expect(await strandedWork?.list(["crm"], never)).toEqual([]);
    },
  );
}

/** All ways to record. */
async function record(): Promise<void> {
  await as("recorder", async (client) => {
    for (const work of [
      () => client.query(`SELECT syncline.record_change('order', '{"name": "a"}')`),
      () => client.query(`SELECT syncline.record_changes('order', '[{"name": "a"}, {"name": "b"}]', 'delete')`),
      () => postgresRecorder().record(client, [change("a")]),
      () => postgresRecorder().record(client, [change("a"), change("b")]),
      () => postgresRecorder().record(client, [change("a"), { ...change("b"), operation: "delete" }]),
      () =>
        postgresRecorder().record(client, [
          { ...change("a"), traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` },
        ]),
      () => postgresRecorder({ wakeUp: { notify: true } }).record(client, [change("a")]),
    ]) {
      await client.query("BEGIN");
      await work();
      await client.query("COMMIT");
    }
  });
}

async function edit(): Promise<void> {
  await admin.query("TRUNCATE syncline.strategy, syncline.category");
  await as("editor", async (client) => {
    await client.query("INSERT INTO syncline.strategy (name, definition) VALUES ('crm', '{}')");
    await client.query("UPDATE syncline.strategy SET enabled = false WHERE name = 'crm'");
    await client.query("INSERT INTO syncline.category (name, definition) VALUES ('order', '{}')");
    await client.query("UPDATE syncline.category SET definition = '{}' WHERE name = 'order'");
    await client.query("DELETE FROM syncline.category WHERE name = 'order'");
    await client.query(
      "BEGIN; SET LOCAL syncline.actor = 'ann'; DELETE FROM syncline.strategy WHERE name = 'crm'; COMMIT",
    );
    const kept =
      "SELECT author, login FROM syncline.strategy_history WHERE strategy = 'crm' ORDER BY version DESC LIMIT 2";
    const login = roles.names.editor;
    expect((await client.query(kept)).rows).toEqual([
      { author: "ann", login },
      { author: null, login },
    ]);
  });
}

beforeAll(async () => {
  await opened("owner", async ({ migrate, checkSchema }) => {
    expect((await migrate(never)).applied.length).toBeGreaterThan(5);
    expect(await checkSchema(never)).toBeUndefined();
  });
});

it("grants what is there, so it is run again once migrate() has made tables", async () => {
  await expect(workAsWorker()).rejects.toThrow(/permission denied/);
  await roles.run("roles.sql");
  await workAsWorker();
});

it("migrations give workers' roles the tables that they add", async () => {
  await admin.query(`DROP TABLE syncline.worker, syncline.operation, syncline.category, syncline.strategy_history, syncline.backfill;
    ALTER TABLE syncline.change DROP COLUMN traceparent; ALTER TABLE syncline.delivery DROP COLUMN traceparent;
    DROP FUNCTION syncline.forget_operations(); DROP FUNCTION syncline.keep_strategy_version() CASCADE;
    DELETE FROM syncline.migration WHERE version >= 8`);
  await opened("owner", async ({ migrate }) => {
    expect((await migrate(never)).applied).toEqual([
      "0008-workers",
      "0009-operations",
      "0010-categories",
      "0011-strategy-history",
      "0012-backfills",
      "0013-trace-context",
    ]);
  });
  await workAsWorker();
  await record();
});

it("takes over what another role has made", async () => {
  await admin.query("ALTER TABLE syncline.pause OWNER TO CURRENT_USER");
  await roles.run("roles.sql");
  const { rows } = await admin.query(
    `SELECT FROM pg_class WHERE relnamespace = 'syncline'::regnamespace AND relowner <> '${roles.names.owner}'::regrole`,
  );
  expect(rows).toEqual([]);
});

it("whoever acts may neither forge, change nor delete what is kept of it, and a recorder sees nothing of it", async () => {
  const refused = (role: RoleName, text: string) =>
    expect(as(role, (client) => client.query(text))).rejects.toThrow(/permission denied/);
  await refused("worker", "INSERT INTO syncline.operation (action, login) VALUES ('pause', 'ann')");
  await refused("worker", "INSERT INTO syncline.operation (action, acted_at) VALUES ('pause', now())");
  await refused("worker", "UPDATE syncline.operation SET reason = 'another'");
  await refused("worker", "DELETE FROM syncline.operation");
  await refused("worker", "TRUNCATE syncline.operation");
  await refused("editor", "DELETE FROM syncline.strategy_history");
  await refused("editor", "INSERT INTO syncline.strategy_history SELECT * FROM syncline.strategy_history");
  await refused(
    "editor",
    "CREATE TEMP TABLE t (i int); CREATE TRIGGER t AFTER INSERT ON t EXECUTE FUNCTION syncline.keep_strategy_version()",
  );
  await refused("recorder", "SELECT FROM syncline.operation");
  await refused("recorder", "INSERT INTO syncline.operation (action) VALUES ('pause')");
  await admin.query("INSERT INTO syncline.operation (action, acted_at) VALUES ('old', now() - interval '401 days')");
  await workAsWorker();
  const { rows } = await admin.query("SELECT action, login FROM syncline.operation ORDER BY id DESC LIMIT 1");
  expect(rows).toEqual([{ action: "pause", login: roles.names.worker }]);
  expect((await admin.query("SELECT FROM syncline.operation WHERE action = 'old'")).rows).toEqual([]);
});

describe.each<[RoleName, () => Promise<void>]>([
  ["worker", workAsWorker],
  ["recorder", record],
  ["editor", edit],
])("the role of a %s", (role, work) => {
  it("can do what it is there for", work);

  it("cannot without any one of its grants", async () => {
    const grants = await grantsOf(admin, roles.names[role]);
    expect(grants.length).toBeGreaterThan(3);
    const spare: GrantedRight[] = [];
    for (const { what, right } of grants) {
      await admin.query(`REVOKE ${right} ON ${what} FROM ${roles.names[role]}`);
      const failed = await work().then(
        () => false,
        () => true,
      );
      if (!failed) spare.push({ what, right });
      await admin.query(`GRANT ${right} ON ${what} TO ${roles.names[role]}`);
    }
    expect(spare).toEqual([]);
    await work();
  });

  it("creates nothing, owns nothing, and is nobody else", async () => {
    const { rows } = await admin.query(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
              has_schema_privilege(oid, 'syncline', 'CREATE') AS creates, has_database_privilege(oid, current_database(), 'CREATE') AS schemas,
              EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) AS member,
              EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) AS owner
         FROM pg_roles AS r WHERE rolname = $1`,
      [roles.names[role]],
    );
    expect(Object.values(rows[0]).every((value) => value === false)).toBe(true);
  });
});

it("a recorder can give no id of its own, which would make others' recording fail", async () => {
  const forged = `INSERT INTO syncline.change (id, category, condition) OVERRIDING SYSTEM VALUE VALUES (1, 'order', '{}')`;
  await as("recorder", (client) => expect(client.query(forged)).rejects.toMatchObject({ code: "42501" }));
});

it("the README shows what the file grants", async () => {
  const [readme, file] = await Promise.all(
    ["../README.md", "../sql/roles.sql"].map((name) => readFile(new URL(name, import.meta.url), "utf8")),
  );
  const granted = (file ?? "").split("\n").filter((line) => /^\s*GRANT /.test(line));
  expect(readme).toContain(granted.map((line) => line.trim()).join("\n"));
});

it("a reader sees nothing of Syncline's", async () => {
  for (const table of ["change", "delivery", "strategy", "dispatcher"])
    await as("reader", (client) =>
      expect(client.query(`SELECT FROM syncline.${table}`)).rejects.toMatchObject({ code: "42501" }),
    );
});

it("a worker is told which right would show more of who blocks it", async () => {
  const client = await admin.connect();
  try {
    await client.query("BEGIN; SELECT FROM syncline.dispatcher FOR UPDATE");
    const blockers = await opened("worker", ({ poller }) => poller.blockers?.(never) ?? Promise.reject());
    expect(blockers.sessions).toMatchObject([{ holds: "the row of syncline.dispatcher", role: "postgres" }]);
    expect(blockers.sessions[0]).not.toHaveProperty("since");
    expect(blockers.hidden).toContain("pg_read_all_stats");
    await admin.query(`GRANT pg_read_all_stats TO ${roles.names.worker}`);
    const seen = await opened("worker", ({ poller }) => poller.blockers?.(never) ?? Promise.reject());
    expect(seen).toMatchObject({ sessions: [{ state: "idle in transaction", since: expect.any(Number) }] });
    expect(seen).not.toHaveProperty("hidden");
  } finally {
    await client.query("ROLLBACK");
    client.release();
    await admin.query(`REVOKE pg_read_all_stats FROM ${roles.names.worker}`);
  }
});
