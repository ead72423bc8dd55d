import { createQueryComposer } from "@syncline/core";
import { type Category, category, parseCondition, type TemplateDescription } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import sql from "mssql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { captureTrigger } from "../../capture/capture-trigger.ts";
import { sqlServerDialect } from "../../dialect.ts";
import { keyUseOf, parseType } from "../../key-types.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";
import { isKeptApartAsWell, type KeyColumn, keyColumns } from "./key-columns.ts";

/**
 * Every column type: what a trigger records of a living row finds that row in every form, or is
 * refused in words.
 */

const url = process.env.SYNCLINE_SQLSERVER_URL ?? "";
if (url === "") console.log("skipped: every key column on SQL Server: SYNCLINE_SQLSERVER_URL names no server");

const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const run = Math.random().toString(36).slice(2, 8);
const schema = `keys_${run}`;
const composer = createQueryComposer(sqlServerDialect);
const limits = { timeoutMs: 60_000, maxRows: 10, numbers: "string" } as const;

let databases: readonly LiveDatabase[] = [];
beforeAll(async () => {
  if (url === "") return;
  databases = await liveDatabases(url);
  for (const { config } of databases) await sessionOn(config, (session) => session.migrate(never));
});
afterAll(async () => {
  for (const database of databases) await database.close();
});

type Session = ReturnType<ReturnType<typeof sqlserver>["open"]>;

async function sessionOn(config: LiveDatabase["config"], work: (session: Session) => Promise<unknown>): Promise<void> {
  const session = sqlserver({ config, schema, snapshotReads: false }).open({ log: quiet });
  await work(session).finally(() => session.close());
}

/** As the server's inference would say it: independent of how far it infers. */
function descriptionOf([type, , field]: KeyColumn): TemplateDescription & { readonly isRefused: boolean } {
  const inferred = parseType(type);
  const use = inferred === undefined ? undefined : keyUseOf(field, inferred, "equality", true);
  return { types: [use?.sqlType], equality: {}, problems: [], isRefused: use?.refusal !== undefined };
}

async function recordedBy(pool: sql.ConnectionPool, table: string, column: KeyColumn, keys: Category): Promise<string> {
  await pool.batch(`CREATE TABLE dbo.${table} (k ${column[0]} NOT NULL, n int NOT NULL)`);
  await pool.batch(captureTrigger({ table: `dbo.${table}`, category: keys, schema }));
  await pool.batch(`INSERT INTO dbo.${table} (k, n) VALUES (${column[1]}, 1)`);
  const request = pool.request().input("category", sql.NVarChar(128), keys.name);
  const { recordset } = await request.query<{ condition: string }>(
    `SELECT condition FROM ${schema}.change WHERE category = @category`,
  );
  expect(recordset).toHaveLength(1);
  return recordset[0]?.condition ?? "";
}

describe.skipIf(url === "")("a row whose key a trigger has recorded", () => {
  test.each(keyColumns.map((column, index) => ({ column, index, name: column.join(" ") })))(
    "$name",
    async ({ column, index }) => {
      const [, , field, fate] = column;
      for (const { pool, config } of databases) {
        const table = `key_${run}_${index}`;
        const keys = category(table, { k: field });
        const recorded = parseCondition(keys, await recordedBy(pool, table, column, keys));
        const { isRefused, ...description } = descriptionOf(column);
        expect(isRefused).toBe(fate === "refused");
        if (fate === "kept apart" || isKeptApartAsWell(column)) expect(recorded.ok).toBe(false);
        if (fate !== "found") continue;
        if (!recorded.ok) throw new Error(recorded.problems.map(({ message }) => message).join());
        const { condition } = recorded;
        const query = `SELECT t.n FROM dbo.${table} AS t WHERE t.k = :k`;
        await sessionOn(config, async ({ queryRunner }) => {
          for (const form of ["joined", "fenced", "each"] as const) {
            const strategy = testStrategy({ category: keys, query, compose: form });
            const { statements } = composer.compose(strategy, [condition], { form, description });
            const [result] = await queryRunner.run(statements, limits, never);
            expect(result?.rows, form).toEqual([[0, 1, 1]]);
          }
        });
      }
    },
    120_000,
  );
});
