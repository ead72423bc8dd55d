import { mostDefinitionBytes } from "@syncline/core/adapter-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";

const url = process.env.SYNCLINE_SQLSERVER_URL ?? "";
if (url === "") console.log("skipped: large definitions on SQL Server: SYNCLINE_SQLSERVER_URL names no server");

const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const schema = `large_${Math.random().toString(36).slice(2, 8)}`;

let databases: readonly LiveDatabase[] = [];
beforeAll(async () => {
  if (url !== "") databases = await liveDatabases(url);
}, 120_000);
afterAll(async () => {
  for (const database of databases) await database.close();
});

test.skipIf(url === "")(
  "of a definition that is too large or not enabled, the category alone is read",
  { timeout: 60_000 },
  async () => {
    for (const { config, pool } of databases) {
      const session = sqlserver({ config, schema, snapshotReads: false }).open({ log: quiet });
      try {
        await session.migrate(never);
        const add = (name: string, query: string, coalesce: boolean) =>
          pool
            .request()
            .input("definition", JSON.stringify({ category: "order", coalesce, query }))
            .query(`INSERT INTO ${schema}.strategy (name, definition) VALUES ('${name}', @definition)`);
        await add("a", "x".repeat(3 * mostDefinitionBytes), false);
        await add("b", "SELECT 1 AS id", true);
        await add("off", "SELECT 2 AS id", false);
        await add("a-off", "x".repeat(3 * mostDefinitionBytes), true);
        await pool.request().query(`UPDATE ${schema}.strategy SET enabled = 0 WHERE name LIKE '%off'`);
        const { strategies } = (await session.strategyStore?.load(never)) ?? { strategies: [] };
        expect(strategies).toEqual([
          expect.objectContaining({
            definition: { name: "a", category: "order", coalesce: false },
            problem: expect.stringMatching(/is not read/),
          }),
          {
            source: `${schema}.strategy[a-off]`,
            definition: { name: "a-off", category: "order", coalesce: true },
            disabled: true,
          },
          expect.objectContaining({
            definition: { name: "b", category: "order", coalesce: true, query: "SELECT 1 AS id" },
          }),
          {
            source: `${schema}.strategy[off]`,
            definition: { name: "off", category: "order", coalesce: false },
            disabled: true,
          },
        ]);
        expect(strategies[2]).not.toHaveProperty("problem");
      } finally {
        await session.close();
      }
    }
  },
);
