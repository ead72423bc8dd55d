import type { DatabaseSession, Logger } from "@syncline/core/spi";
import type { DatabaseFixture, EarlierSchema, SourceTable } from "@syncline/testkit";
import sql from "mssql";
import { sqlserver } from "../adapter.ts";
import { createConnections } from "../connections.ts";
import { migrations } from "../migrations/index.ts";
import { createMigrator } from "../migrator.ts";
import { usesOf } from "../pools.ts";
import type { SqlServerTransaction } from "../recorder.ts";
import type { LiveDatabase } from "./live-database.ts";

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const never = new AbortController().signal;

/** So that a check can tell the adapter's connections from its own. */
const victim = "victim";

const run = Math.random().toString(36).slice(2, 8);
let count = 0;

/** A schema of its own for each check, in one database. */
export async function sqlServerFixture({ config, pool }: LiveDatabase): Promise<DatabaseFixture<SqlServerTransaction>> {
  const schema = `check_${run}_${++count}`;
  const source = `dbo.source_${run}_${count}`;
  const victimConfig = { ...config, options: { ...config.options, appName: victim } };
  const adapterOf = (name: string) => sqlserver({ config: victimConfig, schema: name, max: 4 });
  const open = (name = schema): DatabaseSession => adapterOf(name).open({ log: quiet });
  await pool.batch(
    `CREATE TABLE ${source} (id int NOT NULL PRIMARY KEY, owner int NOT NULL, label nvarchar(400) COLLATE Latin1_General_100_BIN2)`,
  );
  await pool.batch(`CREATE PROCEDURE ${source}_write AS DELETE FROM ${source}`);
  return {
    adapter: adapterOf(schema),
    session: open(),
    begin: async () => {
      const transaction = pool.transaction();
      await transaction.begin();
      return { tx: transaction, commit: () => transaction.commit(), rollback: () => transaction.rollback() };
    },
    source: sourceTable(pool, source),
    templates: {
      slow: `SELECT i.id, COUNT_BIG(*) AS n FROM ${source} i CROSS JOIN sys.all_columns a CROSS JOIN sys.all_columns b
        CROSS JOIN sys.all_columns c WHERE i.id = :id GROUP BY i.id`,
      failing: `SELECT CAST(i.label AS int) AS label FROM ${source} i WHERE i.id = :id`,
      writing: [
        `DELETE FROM ${source}`,
        `EXEC ${source}_write`,
        `${source}_write`,
        `COMMIT; DELETE FROM ${source}`,
        `SELECT 1 AS one; DELETE FROM ${source}`,
        `SELECT 1 AS one DELETE FROM ${source}`,
        `WITH gone AS (SELECT * FROM ${source}) DELETE FROM gone`,
        `SELECT * INTO ${source}_copy FROM ${source}`,
        `SELECT 1 AS one) x COMMIT DELETE FROM ${source} SELECT * FROM (SELECT 1 AS one`,
      ],
    },
    openSession: async () => open(),
    strategies: strategyEditor(pool, schema),
    interruptDuring: (operation) => interruptDuring(pool, schema, operation),
    earlierSchemas: () => earlierSchemas(pool, schema, open),
    close: async () => {},
  };
}

function strategyEditor(pool: sql.ConnectionPool, schema: string): NonNullable<DatabaseFixture["strategies"]> {
  return {
    put: async ({ name, ...definition }) => {
      const request = pool.request().input("name", name).input("definition", JSON.stringify(definition));
      await request.query(`UPDATE ${schema}.strategy SET definition = @definition WHERE name = @name;
        IF @@ROWCOUNT = 0 INSERT INTO ${schema}.strategy (name, definition) VALUES (@name, @definition);`);
    },
    remove: async (name) => {
      await pool.request().input("name", name).query(`DELETE FROM ${schema}.strategy WHERE name = @name`);
    },
  };
}

function sourceTable(pool: sql.ConnectionPool, name: string): SourceTable {
  const inTransaction = async (work: (transaction: sql.Transaction) => Promise<unknown>) => {
    const transaction = pool.transaction();
    await transaction.begin();
    await work(transaction);
    await transaction.commit();
  };
  const columns = "WITH (id int '$.id', owner int '$.owner', label nvarchar(400) '$.label')";
  return {
    name,
    captureName: name,
    put: (rows) =>
      inTransaction((transaction) =>
        transaction
          .request()
          .input("rows", sql.NVarChar(sql.MAX), JSON.stringify(rows))
          .query(`DELETE FROM ${name} WHERE id IN (SELECT id FROM OPENJSON(@rows) ${columns});
            INSERT INTO ${name} (id, owner, label) SELECT id, owner, label FROM OPENJSON(@rows) ${columns};`),
      ),
    remove: (ids) =>
      inTransaction((transaction) =>
        transaction.request().query(`DELETE FROM ${name} WHERE id IN (${ids.length === 0 ? "NULL" : ids.join()})`),
      ),
  };
}

/** Locks the table, waits until the adapter waits for it, and ends its connection there. */
async function interruptDuring(pool: sql.ConnectionPool, schema: string, operation: () => Promise<unknown>) {
  const holder = pool.transaction();
  await holder.begin();
  await holder.request().query(`SELECT COUNT(*) FROM ${schema}.delivery WITH (TABLOCKX, HOLDLOCK)`);
  const outcome = operation().then(
    () => ({}),
    (error: unknown) => ({ error }),
  );
  const blocked = `SELECT r.session_id AS id FROM sys.dm_exec_requests r JOIN sys.dm_exec_sessions s
    ON s.session_id = r.session_id WHERE s.program_name = '${victim}' AND r.blocking_session_id <> 0`;
  for (;;) {
    const { recordset } = await pool.request().query<{ readonly id: number }>(blocked);
    for (const { id } of recordset) await pool.batch(`KILL ${id}`);
    if (recordset.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const result = await outcome;
  await holder.rollback();
  return result;
}

/** As the migrator leaves a schema when it has applied the first, the first two … migrations. */
async function earlierSchemas(
  pool: sql.ConnectionPool,
  schema: string,
  open: (name: string) => DatabaseSession,
): Promise<readonly EarlierSchema[]> {
  const connections = createConnections(usesOf(pool), { statementTimeoutMs: 30_000 });
  const earlier: EarlierSchema[] = [];
  for (let version = 1; version < migrations.length; version++) {
    const name = `${schema}_v${version}`;
    const settings = { schema: name, statementTimeoutMs: 30_000, needsSnapshots: false };
    await createMigrator(connections, settings, migrations.slice(0, version)).migrate(never);
    earlier.push({ name: `version ${version}`, session: open(name) });
  }
  return earlier;
}
