import { ownPostgres } from "@syncline/dev-postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterLife } from "./testing/adapter-life.ts";
import { type HostileNames, hostileMark, hostileStatements, runHostile } from "./testing/hostile-objects.ts";
import { withLogin } from "./testing/replicas.ts";

/**
 * Whoever may create in a schema of a search path is the attacker: what he defines there fits our arguments
 * better than the server's own, and would run as our logins.
 */
const server = await ownPostgres({ settings: { log_min_error_statement: "log" } });
afterAll(() => server.stop());

type Life = Awaited<ReturnType<typeof adapterLife>>;

let plain: Life;
let names: HostileNames;

beforeAll(async () => {
  const { admin, logins } = await shopDatabase();
  await admin.query("ALTER ROLE worker SET log_statement = 'all'");
  await admin.query("ALTER ROLE reader SET log_statement = 'all'; ALTER ROLE application SET log_statement = 'all'");
  plain = await adapterLife(logins);
  await admin.query("ALTER ROLE worker RESET ALL; ALTER ROLE reader RESET ALL; ALTER ROLE application RESET ALL");
  names = await namesIn(admin, server.log());
  await admin.end();
});

test("the life that is compared is a whole one, and the names that are overloaded are those of its statements", () => {
  expect(plain).toMatchObject({ applied: true, settled: expect.arrayContaining(["applied", "late"]), woken: true });
  expect(names.functions).toEqual(
    expect.arrayContaining(["unnest", "date_part", "setval", "count", "string_agg", "pg_notify"]),
  );
  expect(names.operators).toEqual(expect.arrayContaining(["=", "<>", "*", "||", ">="]));
  expect(names.types).toEqual(expect.arrayContaining(["text", "jsonb", "int8", "bool"]));
});

describe.each([
  ["in public, on the default path", ["public"], undefined],
  ["before pg_catalog and in public", ["early", "public"], "early, public, pg_catalog"],
  ["behind the server's own, which is named", ["public"], "pg_catalog, public"],
])("with all that our statements call defined anew %s", (_, schemas, searchPath) => {
  test("nobody else's is called as any of our logins, from migrate() to the end", async () => {
    const { admin, logins } = await shopDatabase();
    if (searchPath !== undefined)
      for (const role of ["worker", "reader", "application"])
        await admin.query(`ALTER ROLE ${role} SET search_path = ${searchPath}`);
    const client = await admin.connect();
    await client.query("SET ROLE mallory");
    for (const schema of schemas)
      expect(await runHostile(client, await hostileStatements(admin, schema, names))).toBeGreaterThan(10_000);
    client.release(true);
    const before = server.log().length;
    const onConnect = [
      ...names.types.map(
        (name) =>
          `CREATE DOMAIN pg_temp."${name}" AS pg_catalog."${name}" CHECK (${schemas[0]}.caught('temporary type ${name}'))`,
      ),
      ...names.relations.map(
        (name) => `CREATE TEMP VIEW "${name}" AS SELECT ${schemas[0]}.caught('temporary relation ${name}')`,
      ),
    ];
    const life = await adapterLife({ ...logins, onConnect }).catch((error: unknown) => error);
    const called = server
      .log()
      .slice(before)
      .split("\n")
      .filter((line) => line.includes(hostileMark) && line.includes("LOG:"));
    expect([...new Set(called.map((line) => line.slice(line.indexOf(hostileMark))))]).toEqual([]);
    expect(life).toEqual(plain);
    await admin.query("ALTER ROLE worker RESET ALL; ALTER ROLE reader RESET ALL; ALTER ROLE application RESET ALL");
    await admin.end();
  });
});

async function shopDatabase() {
  const url = await server.createDatabase();
  const admin = new pg.Pool({ connectionString: url, max: 2 });
  admin.on("error", () => {});
  const logins = {
    worker: withLogin(url, "worker"),
    reader: withLogin(url, "reader"),
    application: withLogin(url, "application"),
  };
  for (const role of ["worker LOGIN", "reader LOGIN", "application LOGIN", "mallory"])
    await admin.query(`CREATE ROLE ${role}`).catch(() => {});
  await admin.query(`
    CREATE SCHEMA syncline AUTHORIZATION worker; CREATE SCHEMA early AUTHORIZATION mallory;
    GRANT CREATE, USAGE ON SCHEMA public TO mallory;
    CREATE TYPE kind AS ENUM ('a', 'b');
    CREATE TABLE orders (id bigint PRIMARY KEY, note text, kind kind);
    INSERT INTO orders SELECT n, 'note ' || n, 'a' FROM generate_series(1, 60) AS n;
    GRANT SELECT ON orders TO reader, worker`);
  return { admin, logins };
}

/** What of a log of statements the server knows by these names. */
async function namesIn(admin: pg.Pool, log: string): Promise<HostileNames> {
  const words = [...new Set(log.toLowerCase().match(/[a-z_][a-z0-9_]*/g))];
  const signs = [...new Set(log.match(/[+\-*/<>=~!@#%^&|?]+/g))];
  const known = async (text: string, values: readonly string[]) =>
    (await admin.query<{ name: string }>(text, [values])).rows.map(({ name }) => name);
  const schema = "relnamespace IN ('pg_catalog'::regnamespace, 'syncline'::regnamespace)";
  return {
    functions: await known(
      `SELECT DISTINCT proname AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1)`,
      [...new Set(log.toLowerCase().match(/[a-z_][a-z0-9_]*(?=\()/g))],
    ),
    operators: await known(
      `SELECT DISTINCT oprname AS name FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = ANY ($1)`,
      signs,
    ),
    types: await known(
      `SELECT typname AS name FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typname !~ '^_' AND typname = ANY ($1)`,
      [...words, "int4", "int8", "bool", "int2", "float8"],
    ),
    relations: await known(
      `SELECT relname AS name FROM pg_class WHERE ${schema} AND relkind IN ('r', 'v') AND relname = ANY ($1)`,
      words,
    ),
  };
}
