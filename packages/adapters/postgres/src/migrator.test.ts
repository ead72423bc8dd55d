import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { migrations } from "./migrations/index.ts";
import { createMigrator } from "./migrator.ts";
import { resolveOptions } from "./options.ts";
import { column, never, openPool, openSession, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const names = migrations.map((migration) => migration.name);

test("without tables the schema's check says what to do, and every operation says so too", async () => {
  const { checkSchema, poller, backlog, strategyStore } = openSession({ connectionString: url, schema: "fresh" });
  expect(await checkSchema(never)).toMatch(/"fresh".*migrate\(\)/);
  const missing = { code: "database.schema", message: expect.stringContaining("migrate()") };
  await expect(poller.dispatch(1, routeTo("crm"), never)).rejects.toMatchObject(missing);
  await expect(backlog.status(never)).rejects.toMatchObject(missing);
  await expect(strategyStore?.load(never)).rejects.toMatchObject(missing);
});

test("migrating again does nothing, and the check is content", async () => {
  const { migrate, checkSchema } = openSession({ connectionString: url, schema: "twice" });
  expect((await migrate(never)).applied).toEqual(names);
  expect((await migrate(never)).applied).toEqual([]);
  expect(await checkSchema(never)).toBeUndefined();
});

test("several workers may migrate at once, and each migration is applied by one of them", async () => {
  const workers = Array.from({ length: 5 }, () => openSession({ connectionString: url, schema: "Together" }));
  const reports = await Promise.all(workers.map(({ migrate }) => migrate(never)));
  expect(reports.flatMap((report) => report.applied).sort()).toEqual(names);
  expect(await column(pool, `SELECT name FROM "Together".migration ORDER BY version`)).toEqual(names);
});

test("a schema of a later version is refused with the way out", async () => {
  const { migrate, checkSchema } = openSession({ connectionString: url, schema: "later" });
  await migrate(never);
  await pool.query("INSERT INTO later.migration (version, name) VALUES (1000, 'from the future')");
  expect(await checkSchema(never)).toMatch(/version 1000.*update @syncline\/postgres/);
  await expect(migrate(never)).rejects.toMatchObject({ code: "database.schema" });
});

test("a schema of an earlier version is told apart, and brought up to date", async () => {
  const { migrate, checkSchema } = openSession({ connectionString: url, schema: "earlier" });
  const connections = createConnections(pool, resolveOptions({ connectionString: url }));
  await createMigrator(connections, "earlier", migrations.slice(0, -1)).migrate(never);
  const last = names.length;
  expect(await checkSchema(never)).toMatch(new RegExp(`version ${last - 1}.*migrate`));
  expect((await migrate(never)).applied).toEqual(names.slice(-1));
});

test.each([
  ["a constraint", "pause ADD CHECK (strategy OPERATOR(captured.=) paused_at)", "operator captured.="],
  ["a default", "change ALTER COLUMN recorded_at SET DEFAULT captured.clock_timestamp()", "captured.clock_timestamp()"],
  ["a column's type", "refused ALTER COLUMN reason TYPE captured.text", "type captured.text"],
  ["a collation", 'delivery ALTER COLUMN failure_code TYPE text COLLATE captured."C"', "collation captured"],
  ["an index", "CREATE INDEX ON $.strategy (captured.upper(name))", "captured.upper(text)"],
])("tables made while %s was found in another role's schema are refused in words", async (_, made, named) => {
  await pool.query(`DROP SCHEMA IF EXISTS before CASCADE; DROP SCHEMA IF EXISTS captured CASCADE; CREATE SCHEMA captured;
    CREATE FUNCTION captured.equal(text, timestamptz) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true';
    CREATE OPERATOR captured.= (LEFTARG = text, RIGHTARG = timestamptz, FUNCTION = captured.equal);
    CREATE FUNCTION captured.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT pg_catalog.clock_timestamp()';
    CREATE FUNCTION captured.upper(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
    CREATE DOMAIN captured.text AS pg_catalog.text; CREATE COLLATION captured."C" FROM pg_catalog."POSIX"`);
  const connections = createConnections(pool, resolveOptions({ connectionString: url }));
  await createMigrator(connections, "before", migrations.slice(0, 5)).migrate(never);
  await pool.query(made.includes("$") ? made.replace("$", "before") : `ALTER TABLE before.${made}`);
  const { migrate } = openSession({ connectionString: url, schema: "before" });
  await expect(migrate(never)).rejects.toMatchObject({
    message: expect.stringMatching(/0006.*not the server's own/),
  });
  await expect(migrate(never)).rejects.toMatchObject({ message: expect.stringContaining(named) });
});

test("a migration that fails leaves nothing of itself, and names itself", async () => {
  await pool.query("CREATE SCHEMA halfway; CREATE TABLE halfway.delivery (id int)");
  const { migrate, checkSchema } = openSession({ connectionString: url, schema: "halfway" });
  await expect(migrate(never)).rejects.toMatchObject({ message: expect.stringContaining("0001-tables") });
  expect(await column(pool, "SELECT tablename FROM pg_tables WHERE schemaname = 'halfway'")).toEqual(["delivery"]);
  expect(await checkSchema(never)).toMatch(/no Syncline tables/);
});

test("a role that may not create schemas can migrate into one that exists", async () => {
  await pool.query(`
    DROP ROLE IF EXISTS syncline_test_worker; CREATE ROLE syncline_test_worker LOGIN PASSWORD 'secret';
    CREATE SCHEMA granted AUTHORIZATION syncline_test_worker`);
  const worker = new URL(url);
  worker.username = "syncline_test_worker";
  worker.password = "secret";
  const session = openSession({ connectionString: worker.href, schema: "granted" });
  try {
    expect((await session.migrate(never)).applied).toEqual(names);
  } finally {
    await pool.query("DROP SCHEMA granted CASCADE; DROP ROLE syncline_test_worker");
  }
});
