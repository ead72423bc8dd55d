import { category, createPipeline, type Pipeline, strategy } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, beforeEach, expect, it } from "vitest";
import { waitFor } from "../harness/wait-for.ts";

/** Not the worker's: it can be closed, and rights be taken. */
const url = await testDatabase();
const admin = new pg.Pool({ connectionString: await testDatabase() });
admin.on("error", () => {});
const database = new URL(url).pathname.slice(1);
const role = `refused_${database}`;
const own = new URL(url);
own.username = role;
own.password = "right";

const item = category("item", { id: "bigint" });
const lines: string[] = [];
const note = (level: string) => (fields: object, message: string) =>
  lines.push(`${level}: ${message} ${String(Reflect.get(fields, "error"))}`);
const log: Logger = { debug: () => {}, info: () => {}, warn: note("warn"), error: note("error") };

function open(connectionString: string): Pipeline<unknown> {
  return createPipeline({
    database: postgres({ connectionString, max: 2 }),
    categories: [item],
    strategies: [
      strategy("items", {
        category: item,
        query: "SELECT :id AS id",
        downstream: "sink",
        path: "items",
        whenAbsent: "skip",
      }),
    ],
    downstreams: {
      sink: {
        specVersion: 1,
        name: "sink",
        capabilities: { batch: true, perItemOutcome: true, delete: true },
        open: () => ({ invoke: async () => ({ status: "accepted" }) }),
      },
    },
    tuning: { databaseRetryMs: 20 },
    log,
  });
}

const migrated = open(url);
await migrated.migrate();
await migrated.stop();
await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'right'`);
afterAll(async () => {
  await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {});
  await admin.end();
});

beforeEach(async () => {
  lines.length = 0;
  await admin.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
  await admin.query(`GRANT CONNECT ON DATABASE ${database} TO public`);
  await admin.query(`ALTER ROLE ${role} LOGIN PASSWORD 'right' VALID UNTIL 'infinity' CONNECTION LIMIT -1`);
  await admin.query(`ALTER ROLE ${role} RESET ALL`);
  const inside = new pg.Client({ connectionString: url });
  await inside.connect();
  await inside.query(`GRANT ALL ON SCHEMA syncline TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA syncline TO ${role};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA syncline TO ${role}; GRANT ALL ON ALL FUNCTIONS IN SCHEMA syncline TO ${role}`);
  await inside.end();
});

const cases: readonly (readonly [what: string, refuse: string, mend: string, words: RegExp, isForAPerson: boolean])[] =
  [
    [
      "the password is another",
      `ALTER ROLE ${role} PASSWORD 'wrong'`,
      `ALTER ROLE ${role} PASSWORD 'right'`,
      /password.*28P01.*Check the user, the password/,
      true,
    ],
    [
      "the password has expired",
      `ALTER ROLE ${role} VALID UNTIL '2020-01-01'`,
      `ALTER ROLE ${role} VALID UNTIL 'infinity'`,
      /28P01.*whether it has expired/,
      true,
    ],
    [
      "the role may not log in",
      `ALTER ROLE ${role} NOLOGIN`,
      `ALTER ROLE ${role} LOGIN`,
      /not permitted to log in.*28000/,
      true,
    ],
    [
      "CONNECT is revoked",
      `REVOKE CONNECT ON DATABASE ${database} FROM public`,
      `GRANT CONNECT ON DATABASE ${database} TO public`,
      /permission denied for database.*42501.*GRANT CONNECT ON DATABASE/,
      true,
    ],
    [
      "the database takes no connections",
      `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`,
      `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`,
      /not currently accepting connections.*55000.*ALLOW_CONNECTIONS true/,
      true,
    ],
    [
      "the database has another name",
      `ALTER DATABASE ${database} RENAME TO ${database}_away`,
      `ALTER DATABASE ${database}_away RENAME TO ${database}`,
      /does not exist.*3D000.*Check the database's name/,
      true,
    ],
    [
      "a setting of the role cannot be made",
      `ALTER ROLE ${role} SET session_preload_libraries = 'no_such_library'`,
      `ALTER ROLE ${role} RESET session_preload_libraries`,
      /no_such_library.*58P01.*refuses the login/,
      true,
    ],
    [
      "the role has all its connections",
      `ALTER ROLE ${role} CONNECTION LIMIT 0`,
      `ALTER ROLE ${role} CONNECTION LIMIT -1`,
      /too many connections for role.*53300.*CONNECTION LIMIT/,
      false,
    ],
  ];

const mended = "Somebody has to mend this";
const cannot = /^error: the database cannot be polled/;

/** Nothing of it is left at the server. */
async function leave(): Promise<void> {
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [database]);
  const { rows } = await admin.query("SELECT FROM pg_stat_activity WHERE datname = $1", [database]);
  if (rows.length > 0) await leave();
}

it.each(cases)(
  "starts although %s, says what to mend, and goes on by itself",
  async (_, refuse, mend, words, needs) => {
    await leave();
    await admin.query(refuse);
    await using pipeline = open(own.href);
    await pipeline.start();
    const [problem, ...others] = pipeline.health().problems;
    expect([problem?.part, problem?.code, others]).toEqual(["database", "database.unavailable", []]);
    expect(problem?.message).toMatch(words);
    expect(problem?.message.includes(mended)).toBe(needs);
    const told = lines.filter((line) => cannot.test(line));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(words);
    expect(told[0]?.includes("before somebody mends this")).toBe(needs);
    await expect(pipeline.migrate()).rejects.toMatchObject({ code: "database.unavailable", needsPerson: needs });
    await admin.query(mend);
    await waitFor("it to work", () => pipeline.health().ready);
    expect(pipeline.health().problems).toEqual([]);
  },
);

it.each(cases)("says the same in mid-run: %s", async (_, refuse, mend, words, needs) => {
  await using pipeline = open(own.href);
  await pipeline.start();
  await waitFor("it to work", () => pipeline.health().ready);
  // A database cannot be renamed, nor closed for good, while somebody is inside. Who was about to
  // log in when the limit came is shown by no view yet, and comes through.
  await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
  await waitFor("the last to leave", async () => {
    await leave();
    return admin.query(refuse).catch(() => undefined);
  });
  if (!refuse.includes("LIMIT")) await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
  const said = () => pipeline.health().problems.map(({ message }) => message);
  await waitFor("health to say so", async () => {
    if (said().some((message) => words.test(message))) return true;
    await leave();
    return false;
  });
  // What passes by itself is told once a minute, and may have been told of the connections that were closed.
  expect(lines.some((line) => cannot.test(line) && (!needs || words.test(line)))).toBe(true);
  await admin.query(mend);
  await waitFor("it to work again", () => pipeline.health().ready);
  expect(said()).toEqual([]);
});
