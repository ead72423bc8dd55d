import type { DatabaseSession, Statement } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresQueryOptions } from "./options.ts";
import { column, never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url, 2);
const limits = { timeoutMs: 5_000, maxRows: 10, numbers: "string" } as const;
const database = new URL(url).pathname.slice(1);
const [owner, reader, bypassing, forced] = ["owner", "reader", "bypassing", "forced"].map(
  (name) => `${name}_${database}`,
);
const roles = [owner, reader, bypassing, forced];
const version = Number((await column(pool, "SHOW server_version_num"))[0]);

beforeAll(async () => {
  await openSession({ connectionString: url }).migrate(never);
  await pool.query(`
    ${roles.map((role) => `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT ALL ON SCHEMA public TO ${role}`).join(";")};
    ALTER ROLE ${bypassing} BYPASSRLS;
    CREATE TABLE item (id int PRIMARY KEY, tenant text);
    INSERT INTO item VALUES (1, 'a'), (2, 'b');
    CREATE TABLE forced_item AS TABLE item;
    ALTER TABLE item OWNER TO ${owner};
    ALTER TABLE forced_item OWNER TO ${forced};
    ALTER TABLE item ENABLE ROW LEVEL SECURITY;
    ALTER TABLE forced_item ENABLE ROW LEVEL SECURITY;
    ALTER TABLE forced_item FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON item USING (tenant = 'a');
    CREATE POLICY own ON forced_item USING (tenant = 'a');
    CREATE VIEW plain AS SELECT * FROM item;
    CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM item;
    CREATE VIEW of_reader AS SELECT * FROM item;
    ALTER VIEW plain OWNER TO ${owner};
    ALTER VIEW barrier OWNER TO ${owner};
    ALTER VIEW of_reader OWNER TO ${reader};
    CREATE TABLE open_item AS TABLE item;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${roles.join()}`);
  if (version >= 150_000)
    await pool.query(`
      CREATE VIEW invoker WITH (security_invoker, security_barrier) AS SELECT * FROM item;
      ALTER VIEW invoker OWNER TO ${owner};
      GRANT SELECT ON invoker TO ${reader}, ${bypassing}`);
});
afterAll(async () => {
  await pool.query(`DROP OWNED BY ${roles.join()} CASCADE; DROP ROLE ${roles.join()}`);
});

function sessionOf(login: string | undefined, query: PostgresQueryOptions = {}): DatabaseSession {
  if (login === undefined) return openSession({ connectionString: url, query });
  const named = new URL(url);
  named.username = named.password = login;
  return openSession({ connectionString: url, query: { ...query, connectionString: named.href } });
}

async function idsIn(table: string, { queryRunner }: DatabaseSession): Promise<readonly unknown[]> {
  const statement: Statement = { text: `SELECT id FROM ${table} ORDER BY id`, parameters: [] };
  const [result] = await queryRunner.run([statement], limits, never);
  return (result?.rows ?? []).map(([id]) => id);
}

/** In words that say what to do, and a code that holds the lane and costs no key an attempt. */
const refusal = {
  code: "query.invalid",
  message: expect.stringMatching(/row-level security.*BYPASSRLS.*owner.*rowSecurity: "apply"/s),
};

describe("rows that a policy would hide from whoever reads are an error, and not absent", () => {
  test.each<[string, string | undefined, string]>([
    ["a login that a policy applies to", reader, "item"],
    ["a table's owner, with FORCE ROW LEVEL SECURITY", forced, "forced_item"],
    ["a view whose owner a policy applies to", bypassing, "of_reader"],
  ])("%s", async (_, login, table) => {
    await expect(idsIn(table, sessionOf(login))).rejects.toMatchObject(refusal);
  });

  test("a sub-select and a join", async () => {
    const session = sessionOf(reader);
    const tables = [
      "(SELECT o.id FROM open_item o WHERE EXISTS (SELECT FROM item i WHERE i.id = o.id)) s",
      "(SELECT o.id FROM open_item o LEFT JOIN item i ON i.id = o.id) s",
    ];
    for (const each of tables) await expect(idsIn(each, session)).rejects.toMatchObject(refusal);
  });

  test.skipIf(version < 150_000)("a view that reads as whoever asks", async () => {
    await expect(idsIn("invoker", sessionOf(reader))).rejects.toMatchObject(refusal);
    expect(await idsIn("invoker", sessionOf(bypassing))).toEqual([1, 2]);
  });

  test("a role that is set for each read", async () => {
    await expect(idsIn("item", sessionOf(undefined, { role: String(reader) }))).rejects.toMatchObject(refusal);
    expect(await idsIn("item", sessionOf(undefined, { role: String(bypassing) }))).toEqual([1, 2]);
  });
});

describe("whoever sees every row reads as before", () => {
  test.each<[string, string | undefined, string]>([
    ["a table's owner", owner, "item"],
    ["a role with BYPASSRLS", bypassing, "item"],
    ["a superuser", undefined, "forced_item"],
    ["a view whose owner owns the table, too", reader, "plain"],
    ["the same with a security barrier", reader, "barrier"],
    ["a table without policies", reader, "open_item"],
  ])("%s", async (_, login, table) => {
    expect(await idsIn(table, sessionOf(login))).toEqual([1, 2]);
  });
});

test("where hiding is meant, policies apply", async () => {
  expect(await idsIn("item", sessionOf(reader, { rowSecurity: "apply" }))).toEqual([1]);
  expect(await idsIn("of_reader", sessionOf(bypassing, { rowSecurity: "apply" }))).toEqual([1]);
});

describe("a backfill from a query", () => {
  const backfill = { strategy: "crm", category: { name: "item", fields: { id: "integer" as const } } };
  const keys = "SELECT id FROM item";

  async function asWorker(query: PostgresQueryOptions): Promise<DatabaseSession> {
    await pool.query(`GRANT USAGE ON SCHEMA syncline TO ${reader}; GRANT INSERT ON syncline.change TO ${reader}`);
    const named = new URL(url);
    named.username = named.password = String(reader);
    return openSession({ connectionString: named.href, query });
  }

  test("is refused where a policy would hide keys from it", async () => {
    const { backlog } = await asWorker({});
    await expect(backlog.backfill({ ...backfill, keys }, never)).rejects.toMatchObject(refusal);
    expect(await column(pool, "SELECT count(*) FROM syncline.change")).toEqual(["0"]);
  });

  test("records what the policy shows where hiding is meant", async () => {
    const { backlog } = await asWorker({ rowSecurity: "apply" });
    expect(await backlog.backfill({ ...backfill, keys }, never)).toBe(1);
  });
});
