import type { DatabaseSession, Route } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import type { ConnectionPool } from "mssql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";

/** What an editor of strategies holds up, on a server. */

const url = process.env.SYNCLINE_SQLSERVER_URL ?? "";
if (url === "") console.log("skipped: edits of strategies on SQL Server: SYNCLINE_SQLSERVER_URL names no server");

const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const schema = `edits_${Math.random().toString(36).slice(2, 8)}`;

let databases: readonly LiveDatabase[] = [];
beforeAll(async () => {
  if (url !== "") databases = await liveDatabases(url);
}, 120_000);
afterAll(async () => {
  for (const database of databases) await database.close();
});

/** In a transaction that stays open. */
async function inOpenTransaction(pool: ConnectionPool, text: string, work: () => Promise<void>): Promise<void> {
  const transaction = pool.transaction();
  await transaction.begin();
  try {
    await transaction.request().batch(text);
    await work();
  } finally {
    await transaction.rollback().catch(() => {});
  }
}

async function inEach(work: (session: DatabaseSession, pool: ConnectionPool) => Promise<void>): Promise<void> {
  for (const { config, pool } of databases) {
    const options = { config, schema, snapshotReads: false, statementTimeoutMs: 20_000 };
    const session = sqlserver(options).open({ log: quiet });
    try {
      await session.migrate(never);
      await work(session, pool);
    } finally {
      await session.close();
    }
  }
}

let next = 0;

/** Each change is a delivery of one strategy. */
const route: Route = (changes) => ({
  deliveries: changes.map(({ condition }) => testDelivery({ key: condition })),
  refused: [],
});

describe.skipIf(url === "")("an editor's open transaction", () => {
  test.each([
    `DELETE FROM ${schema}.strategy WHERE 1 = 0`,
    `UPDATE ${schema}.strategy SET enabled = 0 WHERE 1 = 0`,
    `INSERT INTO ${schema}.strategy (name, definition) SELECT 'x', N'{}' WHERE 1 = 0`,
  ])("that has changed nothing stops no dispatch: %s", { timeout: 60_000 }, async (text) => {
    await inEach(async (session, pool) => {
      next += 1;
      await pool.batch(`EXEC ${schema}.record_change N'order', N'{"orderId":${next}}'`);
      await inOpenTransaction(pool, text, async () => {
        expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "done", taken: 1 });
      });
    });
  });

  test("that has changed a row tells of it: a new revision, and the row's time of change", {
    timeout: 60_000,
  }, async () => {
    await inEach(async (session, pool) => {
      const revision = async () => (await session.strategyStore?.load(never))?.revision;
      await pool.batch(`INSERT INTO ${schema}.strategy (name, definition) VALUES ('a', N'{}'), ('b', N'{}')`);
      await pool.batch(`UPDATE ${schema}.strategy SET updated_at = '2000-01-01'`);
      const before = await revision();
      await pool.batch(`UPDATE ${schema}.strategy SET enabled = 0 WHERE name = 'a'`);
      expect(await revision()).not.toBe(before);
      const edited = await pool.request().query(`SELECT name FROM ${schema}.strategy WHERE updated_at > '2001-01-01'`);
      expect(edited.recordset).toEqual([{ name: "a" }]);
    });
  });
});
