import { readFileSync } from "node:fs";
import { category, type DatabaseSession, type Route } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import sql from "mssql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { sqlServerRecorder } from "../../recorder.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";

/** What `sql/roles.sql` grants, on a server. */

const url = process.env.SYNCLINE_SQLSERVER_URL ?? "";
if (url === "") console.log("skipped: roles on SQL Server: SYNCLINE_SQLSERVER_URL names no server");

const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const schema = `roles_${Math.random().toString(36).slice(2, 8)}`;
const password = "Syncline_roles_1";
const order = category("order", { orderId: "integer" });
const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
const script = readFileSync(new URL("../../../sql/roles.sql", import.meta.url), "utf8").replaceAll(
  /\bsyncline/g,
  schema,
);
const roles = ["worker", "reader", "recorder", "editor"] as const;
type Role = (typeof roles)[number];

let databases: readonly LiveDatabase[] = [];
const refusals: string[] = [];
beforeAll(async () => {
  if (url === "") return;
  databases = await liveDatabases(url);
  for (const { config, pool } of databases) {
    const session = sqlserver({ config, schema, snapshotReads: false }).open({ log: quiet });
    await session.migrate(never).finally(() => session.close());
    for (const text of script.split(/^GO$/m).filter((each) => each.trim() !== "")) {
      await pool.batch(text).catch((error: Error) => refusals.push(error.message));
    }
    await pool.batch(`CREATE TABLE ${schema}_orders (id int PRIMARY KEY, note nvarchar(20))`);
    await pool.batch(`INSERT INTO ${schema}_orders VALUES (1, N'one')`);
    await pool.batch(`GRANT SELECT ON OBJECT::${schema}_orders TO ${schema}_reader`);
    for (const role of roles) {
      await pool.batch(`CREATE LOGIN ${schema}_${role}_login WITH PASSWORD = '${password}'`);
      await pool.batch(`CREATE USER ${schema}_${role}_login FOR LOGIN ${schema}_${role}_login`);
      await pool.batch(`ALTER ROLE ${schema}_${role} ADD MEMBER ${schema}_${role}_login`);
    }
  }
}, 240_000);
afterAll(async () => {
  for (const { pool } of databases) {
    for (const role of roles) {
      await pool.batch(`DROP USER ${schema}_${role}_login`).catch(() => {});
      await pool.batch(`DROP LOGIN ${schema}_${role}_login`).catch(() => {});
    }
  }
  for (const database of databases) await database.close();
});

const loginOf = (config: LiveDatabase["config"], role: Role) => ({
  ...config,
  user: `${schema}_${role}_login`,
  password,
});

async function inEach(work: (database: LiveDatabase) => Promise<void>): Promise<void> {
  for (const database of databases) await work(database);
}

async function opened(options: Parameters<typeof sqlserver>[0], work: (session: DatabaseSession) => Promise<void>) {
  const session = sqlserver({ schema, snapshotReads: false, ...options }).open({ log: quiet });
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

async function as(config: LiveDatabase["config"], role: Role, work: (pool: sql.ConnectionPool) => Promise<void>) {
  const pool = await new sql.ConnectionPool(loginOf(config, role)).connect();
  try {
    await work(pool);
  } finally {
    await pool.close();
  }
}

const lease = { token: "0e984725-c51c-4bf4-9960-e1c80e27aba0", durationMs: 60_000 };
const route: Route = (changes) => ({
  deliveries: changes.map(({ condition }) => testDelivery({ strategy: "s", key: condition, lease })),
  refused: [],
});

describe.skipIf(url === "")("with the roles of sql/roles.sql", () => {
  test("the script runs as it stands", () => {
    expect(refusals).toEqual([]);
  });

  test("a worker works, and an operator operates", { timeout: 120_000 }, async () => {
    await inEach(async ({ config, pool }) => {
      const record = (id: number) =>
        pool.batch(`INSERT INTO ${schema}.change (category, condition) VALUES (N'order', N'{"orderId":${id}}')`);
      await opened({ config: loginOf(config, "worker") }, async ({ poller, backlog, strategyStore, checkSchema }) => {
        expect(await checkSchema(never)).toBeUndefined();
        expect((await strategyStore?.load(never))?.revision).toBeDefined();
        await record(1);
        await record(2);
        const { claims } = await poller.dispatch(10, route, never);
        expect(await poller.renew(claims, 60_000)).toHaveLength(2);
        const [first, second] = claims;
        if (first === undefined || second === undefined) throw new Error("no claims");
        const failure = { kind: "rejected", code: "x", message: "no", effect: "no" } as const;
        await poller.settle([
          { result: "accepted", claim: first },
          { result: "dead", claim: second, failure },
        ]);
        await backlog.pause("s", never);
        await backlog.resume("s", never);
        expect((await backlog.status(never)).strategies[0]).toMatchObject({ dead: 1 });
        expect(await backlog.requeue({ strategy: "s" }, never)).toBe(1);
        expect(await backlog.discard({ strategy: "s" }, never)).toBe(0);
        const change = {
          category: "order",
          condition: { orderId: 3 },
          key: '{"orderId":3}',
          operation: "upsert",
        } as const;
        expect(await backlog.backfill({ strategy: "s", changes: [change] }, never)).toBe(1);
        expect(await backlog.readmit(["order"], never)).toBe(0);
      });
      await as(config, "worker", async (own) => {
        await expect(own.request().query(`UPDATE ${schema}.strategy SET enabled = 0`)).rejects.toThrow();
        await expect(own.request().query(`SELECT * FROM ${schema}_orders`)).rejects.toThrow();
        await expect(own.request().query(`CREATE TABLE ${schema}.more (id int)`)).rejects.toThrow();
      });
    });
  });

  test("an application records, and does nothing else", { timeout: 60_000 }, async () => {
    await inEach(async ({ config }) => {
      await as(config, "recorder", async (pool) => {
        const transaction = pool.transaction();
        await transaction.begin();
        await sqlServerRecorder({ schema }).record(transaction, [order.changed({ orderId: 4 })]);
        await transaction.commit();
        for (const table of ["change", "delivery", "dispatcher", "strategy"])
          await expect(pool.request().query(`SELECT 1 AS one FROM ${schema}.${table}`)).rejects.toThrow();
        await expect(pool.request().query(`DELETE FROM ${schema}.change`)).rejects.toThrow();
        await expect(
          pool.request().query(`INSERT INTO ${schema}.strategy (name, definition) VALUES ('x', N'{}')`),
        ).rejects.toThrow();
      });
    });
  });

  test("an application records by the procedures", { timeout: 60_000 }, async () => {
    await inEach(async ({ config, pool: admin }) => {
      await admin.batch(`REVOKE INSERT ON OBJECT::${schema}.change FROM ${schema}_recorder`);
      await as(config, "recorder", async (pool) => {
        await pool.batch(`EXEC ${schema}.record_change N'order', N'{"orderId": 5}'`);
        await pool.batch(`EXEC ${schema}.record_changes N'order', N'[{"orderId": 6}]'`);
      });
      await admin.batch(`GRANT INSERT ON OBJECT::${schema}.change TO ${schema}_recorder`);
    });
  });

  test("strategies are read with SELECT on what they name", { timeout: 60_000 }, async () => {
    await inEach(async ({ config }) => {
      const query = { config: loginOf(config, "reader") };
      await opened({ config, query }, async ({ queryRunner }) => {
        const read = (text: string) => queryRunner.run([{ text, parameters: [] }], limits, never);
        expect((await read(`SELECT o.note AS note FROM ${schema}_orders AS o`))[0]?.rows).toEqual([["one"]]);
        for (const table of ["change", "delivery", "dispatcher", "strategy"])
          await expect(read(`SELECT 1 AS one FROM ${schema}.${table}`)).rejects.toMatchObject({
            code: "query.invalid",
          });
      });
    });
  });

  test("an editor edits strategies, and reads nothing else", { timeout: 60_000 }, async () => {
    await inEach(async ({ config }) => {
      await as(config, "editor", async (pool) => {
        for (const table of ["change", "delivery", "dispatcher"])
          await expect(pool.request().query(`SELECT 1 AS one FROM ${schema}.${table}`)).rejects.toThrow();
        await pool.batch(`INSERT INTO ${schema}.strategy (name, definition) VALUES ('x', N'{}')`);
        await pool.batch(`UPDATE ${schema}.strategy SET enabled = 0 WHERE name = 'x'`);
        await pool.batch(`DELETE FROM ${schema}.strategy WHERE name = 'x'`);
      });
    });
  });
});
