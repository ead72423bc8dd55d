import { category, parseCondition } from "@syncline/core/spi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { captureTrigger } from "../../capture/capture-trigger.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";

/** What a generated trigger records, on a server. */

const url = process.env.SYNCLINE_SQLSERVER_URL ?? "";
if (url === "") console.log("skipped: generated triggers on SQL Server: SYNCLINE_SQLSERVER_URL names no server");

const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const run = Math.random().toString(36).slice(2, 8);
const schema = `capture_${run}`;
const codes = category("codes", { k: "string" });

let databases: readonly LiveDatabase[] = [];
beforeAll(async () => {
  if (url === "") return;
  databases = await liveDatabases(url);
  for (const { config } of databases) {
    const session = sqlserver({ config, schema, snapshotReads: false }).open({ log: quiet });
    await session.migrate(never).finally(() => session.close());
  }
}, 120_000);
afterAll(async () => {
  for (const database of databases) await database.close();
});

/** In canonical form: how a server spaces its JSON is its own affair. */
function keyOf(condition: string): string | undefined {
  const parsed = parseCondition(codes, condition);
  return parsed.ok ? parsed.key : undefined;
}

describe.skipIf(url === "")("a generated trigger", () => {
  test.each([
    [
      "a text of which only the blanks at its end change",
      "varchar(10)",
      ["VALUES ('y')"],
      `UPDATE dbo.$ SET k = 'y '`,
      ['delete {"k":"y"}', 'upsert {"k":"y "}'],
    ],
    [
      "a text of which only the case changes",
      "varchar(10)",
      ["VALUES ('y')"],
      `UPDATE dbo.$ SET k = 'Y'`,
      ['delete {"k":"y"}', 'upsert {"k":"Y"}'],
    ],
    [
      "an integer that feeds a text",
      "int",
      ["VALUES (1)"],
      "UPDATE dbo.$ SET k = 2",
      ['delete {"k":"1"}', 'upsert {"k":"2"}'],
    ],
    ["a row that keeps its key", "int", ["VALUES (1)"], "UPDATE dbo.$ SET k = 1", ['upsert {"k":"1"}']],
    ["a row that is gone", "int", ["VALUES (1)"], "DELETE FROM dbo.$", ['delete {"k":"1"}']],
    [
      "both keys of a row, although the session limits what a statement does",
      "int",
      ["VALUES (1), (2), (3)"],
      "SET ROWCOUNT 1; UPDATE dbo.$ SET k = k + 10 WHERE k = 2; SET ROWCOUNT 0;",
      ['delete {"k":"2"}', 'upsert {"k":"12"}'],
    ],
  ])(
    "records %s",
    async (name, type, rows, change, expected) => {
      const index = name.replaceAll(/\W/g, "_");
      for (const { pool } of databases) {
        const table = `capture_${run}_${index}`;
        await pool.batch(`CREATE TABLE dbo.${table} (k ${type} NOT NULL)`);
        for (const values of rows) await pool.batch(`INSERT INTO dbo.${table} (k) ${values}`);
        await pool.batch(captureTrigger({ table: `dbo.${table}`, category: codes, schema, name: table }));
        await pool.batch(change.replaceAll("$", table));
        const { recordset } = await pool
          .request()
          .query<{ operation: string; condition: string }>(`SELECT operation, condition FROM ${schema}.change`);
        expect(recordset.map(({ operation, condition }) => `${operation} ${keyOf(condition)}`).sort()).toEqual(
          expected,
        );
        await pool.batch(`DELETE FROM ${schema}.change; DROP TABLE dbo.${table}`);
      }
    },
    120_000,
  );
});
