import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";

/** What a read that meets somebody's lock says, on a server. */

const url = process.env.SYNCLINE_SQLSERVER_URL ?? "";
if (url === "") console.log("skipped: locks that reads meet on SQL Server: SYNCLINE_SQLSERVER_URL names no server");

const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const table = `dbo.locked_${Math.random().toString(36).slice(2, 8)}`;

let databases: readonly LiveDatabase[] = [];
beforeAll(async () => {
  if (url !== "") databases = await liveDatabases(url);
}, 120_000);
afterAll(async () => {
  for (const database of databases) await database.close();
});

test.skipIf(url === "")(
  "a lock is told from a slow query, whatever the session reads in",
  {
    timeout: 120_000,
  },
  async () => {
    for (const { config, pool } of databases) {
      await pool.batch(`CREATE TABLE ${table} (id int NOT NULL)`);
      const changing = pool.transaction();
      await changing.begin();
      await changing.request().batch(`ALTER TABLE ${table} ADD label int`);
      try {
        for (const snapshotReads of [true, false]) {
          const session = sqlserver({ config, snapshotReads }).open({ log: quiet });
          const statement = { text: `SELECT id FROM ${table}`, parameters: [] };
          const read = () =>
            session.queryRunner.run([statement], { timeoutMs: 4_000, maxRows: 1, numbers: "string" }, never);
          await expect(read()).rejects.toMatchObject({ code: "database.busy" });
          await session.close();
        }
      } finally {
        await changing.rollback();
      }
      await pool.batch(`DROP TABLE ${table}`);
    }
  },
);
