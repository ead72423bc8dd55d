import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseFixture, EarlierSchema, SourceTable } from "@syncline/testkit";
import { type Connection, createConnection } from "mariadb";
import { mariadb } from "../adapter.ts";
import { connectionsOf } from "../driver.ts";
import { driverConfig } from "../driver-config.ts";
import { migrations } from "../migrations/index.ts";
import { createMigrator } from "../migrator.ts";
import { resolveOptions } from "../options.ts";
import { createPool } from "../pools.ts";
import type { MariadbTransaction } from "../recorder.ts";
import { writingSession } from "../sessions.ts";
import type { TestServer } from "./server.ts";
import { silent, uniqueName } from "./session.ts";

/** A database of its own for each check, and another for the business table. */
export async function mariadbFixture(server: TestServer): Promise<DatabaseFixture<MariadbTransaction>> {
  const schema = uniqueName("check");
  const shop = `${schema}_shop`;
  const source = `${shop}.item`;
  const mark = `syncline_victim=${schema}`;
  const adapterOf = (name: string) =>
    mariadb({
      config: { ...server, connectAttributes: { mark } },
      schema: name,
      max: 4,
    });
  const open = (name = schema) => adapterOf(name).open({ log: silent });
  const admin = await createConnection({ ...server, rowsAsArray: true, multipleStatements: true });
  await admin.query(`CREATE DATABASE ${shop} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    CREATE TABLE ${source} (id INT PRIMARY KEY, owner INT NOT NULL, label VARCHAR(200));
    CREATE FUNCTION ${shop}.writes() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM ${source}; RETURN 1; END`);
  return {
    adapter: adapterOf(schema),
    session: open(),
    begin: () => beginOn(server),
    source: sourceTable(server, source),
    templates: {
      slow: `SELECT SLEEP(60), i.id FROM ${source} i WHERE i.id = :id`,
      // MariaDB makes 0 of a text that is no number, and NULL of 1 / 0.
      failing: `SELECT IF(i.label REGEXP '^[0-9]+$', i.label + 0, (SELECT 1 UNION SELECT 2)) AS label FROM ${source} i WHERE i.id = :id`,
      writing: [
        `DELETE FROM ${source}`,
        `DELETE FROM ${source} RETURNING id`,
        `SELECT ${shop}.writes()`,
        "COMMIT",
        `COMMIT; DELETE FROM ${source}`,
        `SELECT 1; DELETE FROM ${source}`,
        `SELECT 1) x; COMMIT; DELETE FROM ${source}; SELECT (1`,
        `WITH gone AS (SELECT 1) DELETE FROM ${source}`,
        `SELECT * FROM ${source} FOR UPDATE`,
        `SELECT 1 /*! INTO OUTFILE '/tmp/${schema}' */`,
        `SELECT 1 INTO @x`,
        "SET SESSION TRANSACTION READ WRITE",
        `TRUNCATE ${source}`,
        `REPLACE INTO ${source} VALUES (1, 1, 'x')`,
        `BEGIN NOT ATOMIC DELETE FROM ${source}; END`,
      ],
    },
    openSession: async () => open(),
    strategies: {
      put: async ({ name, ...definition }) => {
        await admin.execute(
          `INSERT INTO ${schema}.strategy (name, definition) VALUES (?, ?)
           ON DUPLICATE KEY UPDATE definition = VALUES(definition)`,
          [name, JSON.stringify(definition)],
        );
      },
      remove: async (name) => {
        await admin.execute(`DELETE FROM ${schema}.strategy WHERE name = ?`, [name]);
      },
    },
    interruptDuring: (operation) => interruptDuring(admin, schema, operation),
    earlierSchemas: async () => {
      const earlier: EarlierSchema[] = [];
      const pool = createPool(driverConfig(resolveOptions({ config: { ...server } }), 5_000), {
        max: 1,
        waitMs: 5_000,
        idleMs: 5_000,
        session: writingSession(30_000),
      });
      for (let version = 1; version < migrations.length; version += 1) {
        const name = `${schema}_v${version}`;
        const known = migrations.slice(0, version);
        await createMigrator(connectionsOf(pool, 60_000), name, known).migrate(new AbortController().signal);
        earlier.push({ name: `version ${version}`, session: open(name) });
      }
      await pool.close();
      return earlier;
    },
    openAnew: async () => open(`${schema}_anew`),
    close: async () => {
      await admin.query(
        ["", "_shop", "_anew", ...migrations.map((_, index) => `_v${index + 1}`)]
          .map((suffix) => `DROP DATABASE IF EXISTS ${schema}${suffix}`)
          .join("; "),
      );
      await admin.end();
    },
  };
}

async function beginOn(server: TestServer) {
  const tx = await createConnection({ ...server });
  await tx.beginTransaction();
  const end = async (word: "COMMIT" | "ROLLBACK") => {
    await tx.query(word);
    await tx.end();
  };
  return { tx, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") };
}

function sourceTable(server: TestServer, name: string): SourceTable {
  const work = async (text: string, values: unknown) => {
    const connection = await createConnection({ ...server });
    await connection.execute(text, [JSON.stringify(values)]);
    await connection.end();
  };
  const columns =
    "id INT PATH '$.id', owner INT PATH '$.owner', label VARCHAR(200) CHARACTER SET utf8mb4 PATH '$.label'";
  return {
    name,
    captureName: name,
    put: (rows) =>
      work(
        `INSERT INTO ${name} SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS (${columns})) AS g
         ON DUPLICATE KEY UPDATE owner = VALUES(owner), label = VALUES(label)`,
        rows,
      ),
    remove: (ids) =>
      work(`DELETE FROM ${name} WHERE id IN (SELECT * FROM JSON_TABLE(?, '$[*]' COLUMNS (id INT PATH '$')) AS g)`, ids),
  };
}

/** Locks the tables, waits until the adapter waits for them, and ends its connection there. */
async function interruptDuring(admin: Connection, schema: string, operation: () => Promise<unknown>) {
  const tables = ["change", "delivery", "dispatcher"].map((table) => `${schema}.\`${table}\` WRITE`);
  await admin.query(`LOCK TABLES ${tables.join(", ")}`);
  try {
    const outcome = operation().then(
      () => ({}),
      (error: unknown) => ({ error }),
    );
    const waiting = `SELECT id FROM information_schema.processlist
      WHERE state LIKE 'Waiting for table metadata lock%' AND info LIKE '%${schema}%'`;
    for (;;) {
      const [row] = await admin.query(waiting);
      if (row !== undefined) {
        await admin.query(`KILL ${row[0]}`);
        break;
      }
      await sleep(5);
    }
    return await outcome;
  } finally {
    await admin.query("UNLOCK TABLES");
  }
}
