import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { postgres } from "./adapter.ts";
import type { PostgresQueryOptions } from "./options.ts";
import { createRoles } from "./testing/roles.ts";
import { keepingLogger, never, openPool } from "./testing/session.ts";

/**
 * What the login that strategies are read with may do beyond reading is told, and
 * `sql/reading-login.sql` takes it away.
 */
const url = await testDatabase();
const admin = openPool(url, 2);
await admin.query("CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
const roles = await createRoles(admin, url);
afterAll(() => roles.drop());
const { reader, worker } = roles.names;
await admin.query(`GRANT SELECT ON orders TO ${reader}`);

async function review(query: PostgresQueryOptions | undefined, connectionString = roles.login("worker")) {
  const session = postgres({ connectionString, ...(query && { query }) }).open({ log: keepingLogger().log });
  try {
    return (await session.reviewRights?.(never)) ?? [];
  } finally {
    await session.close();
  }
}

const reading = () => review({ connectionString: roles.login("reader") });
const dangers = async () => (await reading()).filter(({ severity }) => severity === "danger").map(({ right }) => right);

async function asReader(text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: roles.login("reader") });
  await client.connect();
  try {
    await client.query("BEGIN READ ONLY");
    return await client.query(text);
  } finally {
    await client.end();
  }
}

it("tells Syncline's own login, read with or without a role to take on, and a superuser", async () => {
  const own = { severity: "danger", login: worker, right: `Syncline's own login, ${worker}` };
  expect(await review(undefined)).toContainEqual(expect.objectContaining(own));
  await admin.query(`GRANT ${reader} TO ${worker}`);
  expect(await review({ role: reader })).toContainEqual(expect.objectContaining(own));
  await admin.query(`REVOKE ${reader} FROM ${worker}`);
  const rights = (await review(undefined, url)).map(({ right }) => right);
  expect(rights).toEqual(["superuser", expect.stringContaining("own login")]);
});

it("tells a membership in Syncline's login", async () => {
  await admin.query(`GRANT ${worker} TO ${reader}`);
  const rights = await reading();
  await admin.query(`REVOKE ${worker} FROM ${reader}`);
  expect(rights[0]).toMatchObject({ severity: "danger", message: expect.stringContaining("may become") });
});

it("finds no danger in a login that may SELECT and no more, and says what everybody may do by default", async () => {
  const rights = await reading();
  expect(rights.filter(({ severity }) => severity === "danger")).toEqual([]);
  const told = rights.map(({ right }) => right);
  for (const name of ["pg_logical_emit_message", "pg_terminate_backend", "pg_advisory_lock"])
    expect(told).toContain(`EXECUTE on pg_catalog.${name}`);
});

it.each<[grant: string, revoke: string, right: string]>([
  [`ALTER ROLE ${reader} REPLICATION`, `ALTER ROLE ${reader} NOREPLICATION`, "REPLICATION"],
  [`ALTER ROLE ${reader} CREATEROLE`, `ALTER ROLE ${reader} NOCREATEROLE`, "CREATEROLE"],
  ...["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_signal_backend"].map(
    (role): [string, string, string] => [`GRANT ${role} TO ${reader}`, `REVOKE ${role} FROM ${reader}`, role],
  ),
  [`GRANT INSERT ON orders TO ${reader}`, `REVOKE INSERT ON orders FROM ${reader}`, "public.orders"],
  [`GRANT UPDATE (note) ON orders TO ${reader}`, `REVOKE UPDATE (note) ON orders FROM ${reader}`, "public.orders"],
  [`ALTER TABLE orders OWNER TO ${reader}`, "ALTER TABLE orders OWNER TO CURRENT_USER", "public.orders"],
  [`GRANT DELETE ON orders TO PUBLIC`, "REVOKE DELETE ON orders FROM PUBLIC", "public.orders"],
])("tells a right that reading does not need: %s", async (grant, revoke, right) => {
  await admin.query(grant);
  const told = await dangers();
  await admin.query(revoke);
  expect(told).toEqual([expect.stringContaining(right)]);
  await admin.query(`GRANT SELECT ON orders TO ${reader}`);
  expect(await dangers()).toEqual([]);
});

it.each<[made: string, dropped: string, right: string]>([
  [`GRANT CREATE ON SCHEMA public TO ${reader}`, `REVOKE CREATE ON SCHEMA public FROM ${reader}`, "CREATE on schema"],
  [
    "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
    "DROP FUNCTION peek",
    "public.peek",
  ],
  ...["pg_read_all_data", "pg_monitor"].map((role): [string, string, string] => [
    `GRANT ${role} TO ${reader}`,
    `REVOKE ${role} FROM ${reader}`,
    `membership in ${role}`,
  ]),
  [`GRANT USAGE ON SCHEMA syncline TO ${reader}`, `REVOKE USAGE ON SCHEMA syncline FROM ${reader}`, "schema syncline"],
])("mentions %s", async (made, dropped, right) => {
  await admin.query(made);
  const told = await reading();
  await admin.query(dropped);
  expect(told).toContainEqual(expect.objectContaining({ severity: "notice", right: expect.stringContaining(right) }));
});

it("mentions a schema of the login's search path in which others may create, and none that only its owner fills", async () => {
  await admin.query(`CREATE ROLE ${reader}_other; CREATE SCHEMA shop AUTHORIZATION ${reader}_other; CREATE SCHEMA elsewhere;
    GRANT USAGE ON SCHEMA shop, elsewhere TO ${reader}; GRANT CREATE ON SCHEMA elsewhere TO PUBLIC`);
  const onPath = async (path: string) => {
    await admin.query(`ALTER ROLE ${reader} SET search_path = ${path}`);
    return (await reading()).flatMap(({ right, severity }) => (right.startsWith("others'") ? [severity, right] : []));
  };
  try {
    expect(await onPath("shop, public")).toEqual([]);
    expect(await onPath('shop, "elsewhere"')).toEqual(["notice", "others' objects in elsewhere"]);
    await admin.query(`GRANT CREATE ON SCHEMA public TO ${reader}_other`);
    expect(await onPath('"$user", public')).toEqual(["notice", "others' objects in public"]);
    await admin.query(`ALTER SCHEMA elsewhere RENAME TO "${reader}"`);
    expect(await onPath('"$user"')).toEqual(["notice", `others' objects in ${reader}`]);
  } finally {
    await admin.query(`ALTER ROLE ${reader} RESET search_path; DROP SCHEMA IF EXISTS elsewhere;
      DROP SCHEMA IF EXISTS "${reader}"; DROP OWNED BY ${reader}_other; DROP ROLE ${reader}_other`);
  }
});

it("takes away what leaves something behind in spite of READ ONLY, and leaves reading as it was", async () => {
  const acts = ["SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000))", "SELECT lo_create(0)"];
  await expect(asReader(acts[0] ?? "")).resolves.toBeDefined();
  await admin.query(
    `ALTER ROLE ${reader} CREATEDB REPLICATION; GRANT pg_signal_backend, pg_read_server_files TO ${reader}`,
  );
  await roles.run("reading-login.sql");
  for (const text of acts) await expect(asReader(text)).rejects.toMatchObject({ code: "42501" });
  await expect(asReader("SELECT * FROM orders")).resolves.toBeDefined();
  const left = (await reading()).map(({ right }) => right);
  expect(left.filter((right) => !/pg_(cancel|terminate)_backend|advisory/.test(right))).toEqual([]);
  // Again, and it still holds.
  await roles.run("reading-login.sql");
  expect((await reading()).map(({ right }) => right)).toEqual(left);
});
