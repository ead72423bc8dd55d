import type { DatabaseSession, Logger, StrategyDefinition } from "@syncline/core/spi";
import type { DatabaseFixture, EarlierSchema, SourceTable } from "@syncline/testkit";
import oracledb from "oracledb";
import { oracle } from "../adapter.ts";
import { createConnections } from "../connections.ts";
import { migrations } from "../migrations/index.ts";
import { createMigrator } from "../migrator.ts";
import type { OracleTransaction } from "../recorder.ts";
import { dropAll, type LiveServer, runAll } from "./live-server.ts";

/** Tables of its own for each check, in one user's schema. */
export async function oracleFixture(server: LiveServer): Promise<DatabaseFixture<OracleTransaction>> {
  const { pool, login, proxy } = server;
  const prefix = server.nextPrefix();
  const source = `${prefix}source`;
  const adapterOf = (name: string) => oracle({ ...login, prefix: name, max: 4 });
  const open = (name = prefix): DatabaseSession => adapterOf(name).open({ log: silent });
  await runAll(pool, [
    `CREATE TABLE ${source} (id NUMBER(9) PRIMARY KEY, owner NUMBER(9) NOT NULL, label VARCHAR2(400 CHAR))`,
    `CREATE FUNCTION ${source}_write RETURN NUMBER IS BEGIN DELETE FROM ${source}; RETURN SQL%ROWCOUNT; END;`,
  ]);
  return {
    adapter: adapterOf(prefix),
    session: open(),
    begin: () => begin(pool),
    source: { ...sourceTable(pool, source), captureName: `${login.user}.${source}` },
    templates: templatesOn(source),
    openSession: async () => open(),
    strategies: strategiesIn(pool, `${prefix}strategy`),
    interruptDuring: async (operation) => {
      const cut = proxy.cutNext();
      const outcome = operation().then(
        () => ({}),
        (error: unknown) => ({ error }),
      );
      await cut;
      return outcome;
    },
    earlierSchemas: () => earlierSchemas(pool, prefix, open),
    close: () => dropAll(pool, prefix),
  };
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function begin(pool: oracledb.Pool) {
  const tx = await pool.getConnection();
  const ending = (end: () => Promise<void>) => async () => {
    try {
      await end();
    } finally {
      await tx.close();
    }
  };
  return { tx, commit: ending(() => tx.commit()), rollback: ending(() => tx.rollback()) };
}

function sourceTable(pool: oracledb.Pool, name: string): SourceTable {
  const many = async (text: string, rows: oracledb.BindParameters[]) => {
    const connection = await pool.getConnection();
    try {
      if (rows.length > 0) await connection.executeMany(text, rows, { autoCommit: true, bindDefs: rowOf(text) });
    } finally {
      await connection.close();
    }
  };
  return {
    name,
    put: (rows) =>
      many(
        `MERGE INTO ${name} t USING (SELECT :id AS id, :owner AS owner, :label AS label FROM dual) s ON (t.id = s.id)
          WHEN MATCHED THEN UPDATE SET t.owner = s.owner, t.label = s.label
          WHEN NOT MATCHED THEN INSERT (id, owner, label) VALUES (s.id, s.owner, s.label)`,
        rows.map((row) => ({ ...row })),
      ),
    remove: (ids) =>
      many(
        `DELETE FROM ${name} WHERE id = :id`,
        ids.map((id) => ({ id })),
      ),
  };
}

function rowOf(text: string): { [name: string]: oracledb.BindDefinition } {
  const number = { type: oracledb.DB_TYPE_NUMBER };
  if (!text.startsWith("MERGE")) return { id: number };
  return { id: number, owner: number, label: { type: oracledb.DB_TYPE_VARCHAR, maxSize: 1_600 } };
}

function templatesOn(source: string) {
  const long = "(SELECT LEVEL AS n FROM dual CONNECT BY LEVEL <= 200000)";
  return {
    slow: `SELECT COUNT(*) AS "n" FROM ${source} i CROSS JOIN ${long} a CROSS JOIN ${long} b WHERE i.id = :id`,
    failing: `SELECT TO_NUMBER(i.label) AS "label" FROM ${source} i WHERE i.id = :id`,
    writing: [
      `DELETE FROM ${source}`,
      `BEGIN DELETE FROM ${source}; COMMIT; END;`,
      `TRUNCATE TABLE ${source}`,
      `SELECT ${source}_write() AS "n" FROM dual`,
      `COMMIT; DELETE FROM ${source}`,
      `SELECT 1 AS "n" FROM dual) x; DELETE FROM ${source}; SELECT * FROM (SELECT 1 FROM dual`,
      `WITH FUNCTION f RETURN NUMBER IS BEGIN DELETE FROM ${source}; RETURN 1; END; SELECT f AS "n" FROM dual`,
      `SELECT i.id FROM ${source} i FOR UPDATE`,
    ],
  };
}

function strategiesIn(pool: oracledb.Pool, table: string) {
  const edit = async (name: string, definition?: Omit<StrategyDefinition, "name">) => {
    const connection = await pool.getConnection();
    try {
      await connection.execute(`DELETE FROM ${table} WHERE name = :name`, { name });
      if (definition !== undefined) {
        const json = { type: oracledb.DB_TYPE_CLOB, val: JSON.stringify(definition) };
        await connection.execute(`INSERT INTO ${table} (name, definition) VALUES (:name, :json)`, { name, json });
      }
      await connection.commit();
    } finally {
      await connection.close();
    }
  };
  return {
    put: ({ name, ...definition }: StrategyDefinition) => edit(name, definition),
    remove: (name: string) => edit(name),
  };
}

/** As the migrator leaves tables when it has applied the first, the first two … migrations. */
async function earlierSchemas(
  pool: oracledb.Pool,
  prefix: string,
  open: (prefix: string) => DatabaseSession,
): Promise<readonly EarlierSchema[]> {
  const source = { getConnection: () => pool.getConnection(), close: async () => {} };
  const connections = createConnections(source, { statementTimeoutMs: 30_000 });
  const earlier: EarlierSchema[] = [];
  for (let version = 1; version < migrations.length; version++) {
    const name = `${prefix}v${version}_`;
    const place = { schema: undefined, prefix: name };
    await createMigrator(connections, place, migrations.slice(0, version)).migrate(new AbortController().signal);
    earlier.push({ name: `version ${version}`, session: open(name) });
  }
  return earlier;
}
