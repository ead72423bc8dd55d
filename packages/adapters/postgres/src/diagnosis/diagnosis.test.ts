import type { Finding } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, describe, expect, it } from "vitest";
import type { Connections } from "../connections.ts";
import { never, openPool, openSession } from "../testing/session.ts";
import { horizonOf } from "./horizon.ts";

const url = await testDatabase();
const admin = openPool(url, 2);
const schema = "Looked";
const database = new URL(url).pathname.slice(1);
const session = openSession({ connectionString: url, schema });

async function look(check?: string): Promise<readonly Finding[]> {
  const findings = (await session.diagnosis?.examine({}, never)) ?? [];
  return check === undefined ? findings : findings.filter((finding) => finding.check === check);
}

beforeAll(async () => {
  expect(await look("schema")).toMatchObject([{ level: "error", remedy: ["syncline migrate"] }]);
  expect(await look("drift")).toMatchObject([{ level: "unknown" }]);
  await session.migrate(never);
});

it("tells what it has looked at where all is well, and where nobody has said who a role is", async () => {
  const findings = await look();
  // Test servers run without fsync, which is an error, and told as one.
  expect(findings.filter(({ level }) => level === "error").map(({ at }) => at)).toEqual([
    "fsync, settings of the server",
    "full_page_writes, settings of the server",
  ]);
  for (const check of ["server", "schema", "drift"])
    expect(findings.filter((each) => each.check === check)).toMatchObject([{ level: "ok" }]);
  expect(findings.find(({ at }) => at === "recorder syncline_recorder")).toMatchObject({
    level: "unknown",
    remedy: ["Name it: syncline doctor --role recorder=<login>"],
  });
  expect([...new Set(findings.map(({ check }) => check))]).toEqual([
    ...["server", "schema", "clock", "drift", "rights", "vacuum", "horizon", "settings", "timeouts", "connections"],
  ]);
});

interface Damage {
  readonly sql: string;
  readonly at: string;
  readonly message: RegExp;
  readonly level?: "warn";
}

const s = `"${schema}"`;
const damages: readonly Damage[] = [
  { sql: `DROP INDEX ${s}.delivery_due`, at: "index delivery.delivery_due", message: /missing/ },
  {
    sql: `DROP INDEX ${s}.delivery_due; CREATE INDEX delivery_due ON ${s}.delivery (strategy, id) WHERE state = 'pending'`,
    at: "index delivery.delivery_due",
    message: /should be .*due_at/,
  },
  {
    sql: `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${s}.delivery_dead'::regclass`,
    at: "index delivery.delivery_dead",
    message: /invalid/,
  },
  {
    sql: `ALTER TABLE ${s}.strategy DISABLE TRIGGER bump_on_update`,
    at: "trigger strategy.bump_on_update",
    message: /disabled/,
  },
  { sql: `DROP TRIGGER keep_version ON ${s}.strategy`, at: "trigger strategy.keep_version", message: /missing/ },
  {
    sql: `ALTER TABLE ${s}.delivery ALTER COLUMN changes TYPE integer`,
    at: "column delivery.changes",
    message: /integer NOT NULL DEFAULT 1.*bigint NOT NULL DEFAULT 1/,
  },
  {
    sql: `ALTER TABLE ${s}.delivery ALTER COLUMN key TYPE text COLLATE "default", ALTER COLUMN key DROP NOT NULL`,
    at: "column delivery.key",
    message: /COLLATE "C" NOT NULL/,
  },
  { sql: `ALTER TABLE ${s}.change ALTER COLUMN id DROP IDENTITY`, at: "column change.id", message: /IDENTITY/ },
  {
    sql: `ALTER TABLE ${s}.change ALTER COLUMN recorded_at DROP DEFAULT`,
    at: "column change.recorded_at",
    message: /DEFAULT clock_timestamp/,
  },
  { sql: `ALTER TABLE ${s}.delivery DROP COLUMN died_at`, at: "column delivery.died_at", message: /missing/ },
  {
    sql: `ALTER TABLE ${s}.delivery DROP CONSTRAINT delivery_strategy_key_ordinal_key`,
    at: "constraint delivery.delivery_strategy_key_ordinal_key",
    message: /missing/,
  },
  {
    sql: `CREATE OR REPLACE FUNCTION ${s}.record_change(category text, condition jsonb, operation text DEFAULT 'upsert') RETURNS void LANGUAGE sql AS 'SELECT'`,
    at: `function ${s}.record_change(text,jsonb,text)`,
    message: /should be/,
  },
  {
    sql: `GRANT EXECUTE ON FUNCTION ${s}.forget_operations() TO PUBLIC`,
    at: `function ${s}.forget_operations()`,
    message: /open to PUBLIC/,
  },
  { sql: `ALTER TABLE ${s}.change SET UNLOGGED`, at: "table change", message: /UNLOGGED/ },
  { sql: `ALTER TABLE ${s}.delivery ENABLE ROW LEVEL SECURITY`, at: "table delivery", message: /row security/ },
  {
    sql: `ALTER TABLE ${s}.delivery SET (autovacuum_vacuum_scale_factor = 0.2)`,
    at: "table delivery",
    message: /factor=0.2/,
    level: "warn",
  },
  { sql: `ALTER TABLE ${s}.pause SET (fillfactor = 10)`, at: "table pause", message: /fillfactor=10/, level: "warn" },
  { sql: `ALTER SEQUENCE ${s}.revision CACHE 20`, at: "sequence revision", message: /CACHE 20/ },
  { sql: `DROP TABLE ${s}.operation`, at: "table operation", message: /missing/ },
  { sql: `DROP TABLE ${s}.delivery`, at: "table delivery", message: /missing/ },
  { sql: `CREATE INDEX mine ON ${s}.delivery (due_at)`, at: "index delivery.mine", message: /none of/, level: "warn" },
  {
    sql: `ALTER TABLE ${s}.pause ADD COLUMN why text NOT NULL`,
    at: "column pause.why",
    message: /none of/,
    level: "warn",
  },
];

describe("what is otherwise than migrations made it", () => {
  it.each(damages)("$sql: is named, and its statements mend it", async ({ sql, at, message, level = "error" }) => {
    await admin.query(sql);
    const found = await look("drift");
    expect(found).toMatchObject([{ level, at, message: expect.stringMatching(message), why: expect.any(String) }]);
    for (const statement of found[0]?.remedy ?? []) await admin.query(statement);
    expect(await look("drift")).toMatchObject([{ level: "ok" }]);
  });

  it("columns and tables of others that do no harm are left alone", async () => {
    await admin.query(`ALTER TABLE ${s}.pause ADD COLUMN note text; CREATE TABLE ${s}.mine (id int)`);
    expect(await look("drift")).toMatchObject([{ level: "ok" }]);
  });
});

it("sessions, prepared transactions and slots that hold dead rows back are named with what ends them", async () => {
  const ofHorizon = (rows: readonly (readonly (string | null)[])[]) =>
    horizonOf({ run: async () => rows } as unknown as Connections).look({}, never);
  expect(
    await ofHorizon([
      ["session", "4711", "3600", "12", "role app, idle in transaction"],
      ["prepared", "it's", "900", "5", "owner app"],
      ["slot", "old", null, "200000", "physical, inactive"],
      ["hidden", "2", null, null, null],
    ]),
  ).toMatchObject([
    { level: "warn", at: "session 4711", remedy: ["SELECT pg_terminate_backend(4711)", expect.any(String)] },
    { level: "warn", remedy: ["ROLLBACK PREPARED 'it''s'"] },
    { level: "warn", remedy: ["SELECT pg_drop_replication_slot('old')"] },
    { level: "unknown", at: "sessions of others" },
  ]);
  // Nothing is seen, and yet some of it is hidden: that is no "ok".
  expect(await ofHorizon([["hidden", "2", null, null, null]])).toMatchObject([{ level: "unknown" }]);
});

it("settings that a login has otherwise are named, by whom, and how they are reset", async () => {
  const other = new URL(url);
  other.searchParams.set("options", "-c enable_nestloop=off -c session_replication_role=replica");
  const odd = openSession({ connectionString: other.href, schema });
  const of = async (from: typeof odd) =>
    (await from.diagnosis?.examine({}, never))?.filter(
      ({ at, level }) => at.endsWith("of the worker") && level !== "ok",
    );
  expect(await of(odd)).toMatchObject([
    { level: "warn", at: "enable_nestloop, settings of the worker", message: "It is off." },
    {
      level: "error",
      at: "session_replication_role, settings of the worker",
      why: expect.stringContaining("Triggers"),
    },
  ]);
  await admin.query(`ALTER DATABASE "${database}" SET array_nulls = off`);
  const fresh = openSession({ connectionString: url, schema });
  const found = await of(fresh);
  expect(found).toMatchObject([{ level: "warn", message: "It is off (by the database)." }]);
  for (const statement of found?.[0]?.remedy ?? []) await admin.query(statement);
  expect(await of(openSession({ connectionString: url, schema }))).toEqual([]);
});

it("what is pending, run by hand, makes what migrate() makes", async () => {
  const other = openSession({ connectionString: url, schema: "byhand" });
  const { migrations = [] } = (await other.pendingMigrations?.(never)) ?? {};
  const client = await admin.connect();
  try {
    for (const statement of migrations.flatMap(({ statements }) => statements)) await client.query(statement);
  } finally {
    client.release();
  }
  const findings = await other.diagnosis?.examine({}, never);
  expect(findings?.filter(({ check }) => check === "schema" || check === "drift").map(({ level }) => level)).toEqual([
    "ok",
    "ok",
  ]);
  expect(await other.migrate(never)).toEqual({ applied: [] });
});
