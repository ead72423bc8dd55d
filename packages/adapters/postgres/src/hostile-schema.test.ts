import { ownPostgres } from "@syncline/dev-postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterLife } from "./testing/adapter-life.ts";
import {
  type HostileNames,
  hostileMark,
  hostileStatements,
  hostileType,
  runHostile,
} from "./testing/hostile-objects.ts";
import { withLogin, withServer } from "./testing/replicas.ts";

/**
 * Whoever may create in a schema of a search path is the attacker: what he defines there fits our
 * arguments better than the server's own, and would run as our logins.
 */
const server = await ownPostgres({ settings: { log_min_error_statement: "log" } });
afterAll(() => server.stop());
const replica = server.canReplicate ? await server.startReplica() : undefined;
afterAll(() => replica?.stop());
if (replica === undefined) console.log("skipped: hostile schemas on a replica: this machine has no pg_basebackup");
const url = await server.createDatabase();
const admin = new pg.Pool({ connectionString: url, max: 2, options: "-c search_path=pg_catalog" });
admin.on("error", () => {});
afterAll(() => admin.end());
const roles = ["worker", "reader", "application"] as const;
const logins = {
  worker: withLogin(url, "worker"),
  reader: withLogin(url, "reader"),
  application: withLogin(url, "application"),
};

let plain: Awaited<ReturnType<typeof adapterLife>>;
let names: HostileNames;

beforeAll(async () => {
  for (const role of roles) await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
  await admin.query(`
    CREATE ROLE mallory;
    CREATE SCHEMA syncline AUTHORIZATION worker;
    CREATE TYPE public.kind AS ENUM ('a', 'b');
    CREATE TABLE public.orders (id bigint PRIMARY KEY, note text, kind public.kind);
    INSERT INTO public.orders SELECT n, 'note ' || n, 'a' FROM generate_series(1, 60) AS n;
    GRANT SELECT ON public.orders TO reader, worker`);
  await setForAll("log_statement = 'all'");
  plain = await adapterLife(logins);
  names = await namesIn(server.log());
  await startAnew();
  await defineAll(["public", "early"]);
}, 240_000);

test("the life that is compared is a whole one, and the names that are overloaded are those of its statements", () => {
  expect(plain).toMatchObject({ applied: true, settled: expect.arrayContaining(["applied", "late"]), woken: true });
  const called = ["unnest", "date_part", "setval", "count", "string_agg", "pg_notify", "jsonb_to_recordset"];
  expect(names.functions).toEqual(expect.arrayContaining(called));
  expect(names.operators).toEqual(expect.arrayContaining(["=", "<>", "*", "||", ">="]));
  expect(names.types).toEqual(expect.arrayContaining(["text", "jsonb", "int8", "bool", "unknown"]));
  // Those of the question whether a plan may be kept, too.
  expect(names.relations).toEqual(expect.arrayContaining(["delivery", "pg_type", "pg_index"]));
});

describe.each([
  ["the default path", undefined],
  ["a path with another's schema before the server's own", "early, public, pg_catalog"],
  ["a path with the server's own first", "pg_catalog, early, public"],
])("with all that our statements call defined anew in schemas of %s", (_, searchPath) => {
  test.each([
    ["primary", "pools of the application", url],
    ["primary", "pools of our own", url],
    ["replica", "pools of the application", replica && withServer(url, replica.url)],
    ["replica", "pools of our own", replica && withServer(url, replica.url)],
  ])(
    "nothing of it is called as any of our logins, from migrate() to the end, reading on the %s with %s",
    async (_, whose, source) => {
      if (source === undefined) return;
      await startAnew(searchPath);
      const before = [server, replica].map((each) => each?.log().length ?? 0);
      const life = await adapterLife({
        ...logins,
        reader: withLogin(source, "reader"),
        ...(whose === "pools of our own" ? {} : { onConnect: temporaries() }),
      }).catch((error: unknown) => error);
      expect([server, replica].flatMap((each, index) => callsIn(each?.log().slice(before[index]) ?? ""))).toEqual([]);
      expect(life).toEqual(plain);
    },
    120_000,
  );
});

/**
 * Nobody else can make them in our sessions. Were a type or a table not named with its schema, it
 * would be found first.
 */
function temporaries(): readonly string[] {
  return [
    ...names.types.map((name) => hostileType("pg_temp", name, "early")),
    ...names.relations.map((name) => `CREATE TEMP VIEW "${name}" AS SELECT early.caught('temporary relation ${name}')`),
  ];
}

function callsIn(log: string): readonly string[] {
  const lines = log.split("\n").filter((line) => line.includes("LOG:") && line.includes(hostileMark));
  return [...new Set(lines.map((line) => line.slice(line.indexOf(hostileMark))))];
}

async function startAnew(searchPath?: string): Promise<void> {
  await admin.query("DROP SCHEMA syncline CASCADE; CREATE SCHEMA syncline AUTHORIZATION worker");
  await setForAll(searchPath === undefined ? undefined : `search_path = ${searchPath}`);
}

async function setForAll(setting: string | undefined): Promise<void> {
  for (const role of roles) {
    await admin.query(`ALTER ROLE ${role} RESET ALL`);
    if (setting !== undefined) await admin.query(`ALTER ROLE ${role} SET ${setting}`);
  }
}

async function defineAll(schemas: readonly string[]): Promise<void> {
  await admin.query("CREATE SCHEMA early AUTHORIZATION mallory; GRANT CREATE, USAGE ON SCHEMA public TO mallory");
  const client = await admin.connect();
  await client.query("SET ROLE mallory");
  for (const schema of schemas) {
    const made = await runHostile(client, await hostileStatements(admin, schema, names));
    expect(made).toBeGreaterThan(10_000);
  }
  client.release(true);
}

/** What of a log of statements the server knows by these names. */
async function namesIn(log: string): Promise<HostileNames> {
  const text = log.toLowerCase();
  const words = [...new Set(text.match(/[a-z_][a-z0-9_]*/g))];
  const called = [...new Set(text.match(/[a-z_][a-z0-9_]*(?=\()/g))];
  const signs = [...new Set(log.match(/[+\-*/<>=~!@#%^&|?]+/g))];
  const known = async (query: string, values: readonly string[]) =>
    (await admin.query<{ name: string }>(query, [values])).rows.map(({ name }) => name);
  return {
    functions: await known(
      `SELECT DISTINCT proname AS name FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1)`,
      called,
    ),
    operators: await known(
      `SELECT DISTINCT oprname AS name FROM pg_operator
        WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = ANY ($1)`,
      signs,
    ),
    types: await known(
      `SELECT typname AS name FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace
          AND (typtype = 'b' OR typname = 'unknown') AND typname !~ '^_' AND typname = ANY ($1)`,
      // Some have another name where the grammar knows them.
      [...words, "int4", "int8", "bool", "int2", "float8"],
    ),
    relations: await known(
      `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'v') AND relname = ANY ($1)
          AND relnamespace IN ('pg_catalog'::regnamespace, 'syncline'::regnamespace)`,
      words,
    ),
  };
}
