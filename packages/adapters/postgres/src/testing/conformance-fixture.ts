import type { DatabaseSession } from "@syncline/core/spi";
import type { DatabaseFixture, EarlierSchema, SourceTable } from "@syncline/testkit";
import type pg from "pg";
import { postgres } from "../adapter.ts";
import { createConnections } from "../connections.ts";
import { migrations } from "../migrations/index.ts";
import { createMigrator } from "../migrator.ts";
import { resolveOptions } from "../options.ts";
import type { PgTransaction } from "../recorder.ts";
import { keepingLogger, never } from "./session.ts";

let count = 0;

/** A schema of its own for each check, in one database: a database for each would take ten times as long. */
export async function postgresFixture(url: string, pool: pg.Pool): Promise<DatabaseFixture<PgTransaction>> {
  const schema = `check_${++count}`;
  const source = `source_${count}`;
  const adapterOf = (name: string) =>
    postgres({ connectionString: victimUrl(url), schema: name, max: 4, wakeUp: { notify: true, debounceMs: 0 } });
  const open = (name = schema): DatabaseSession => adapterOf(name).open({ log: keepingLogger().log });
  await pool.query(`CREATE TABLE ${source} (id int PRIMARY KEY, owner int NOT NULL, label text);
    CREATE FUNCTION ${source}_write() RETURNS int LANGUAGE sql AS 'DELETE FROM ${source} RETURNING id'`);
  return {
    adapter: adapterOf(schema),
    session: open(),
    begin: () => beginOn(pool),
    source: sourceTable(pool, source),
    templates: {
      slow: `SELECT pg_sleep(60), i.id FROM ${source} i WHERE i.id = :id`,
      failing: `SELECT i.label::int AS label FROM ${source} i WHERE i.id = :id`,
      writing: [
        `DELETE FROM ${source}`,
        `SELECT ${source}_write()`,
        `COMMIT; DELETE FROM ${source}`,
        `SELECT 1) x; COMMIT; DELETE FROM ${source}; SELECT (1`,
        `WITH gone AS (DELETE FROM ${source} RETURNING id) SELECT * FROM gone`,
        `SELECT * FROM ${source} FOR UPDATE`,
      ],
    },
    openSession: async () => open(),
    strategies: {
      put: async ({ name, ...definition }) => {
        const text = `INSERT INTO ${schema}.strategy (name, definition) VALUES ($1, $2)
          ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition`;
        await pool.query(text, [name, JSON.stringify(definition)]);
      },
      remove: async (name) => {
        await pool.query(`DELETE FROM ${schema}.strategy WHERE name = $1`, [name]);
      },
    },
    interruptDuring: (operation) => interruptDuring(pool, schema, operation),
    earlierSchemas: () => earlierSchemas(pool, url, schema, open),
    openAnew: async () => open(`${schema}_anew`),
    close: async () => {},
  };
}

/** So that a check can tell the adapter's connections from its own. */
function victimUrl(url: string): string {
  const named = new URL(url);
  named.searchParams.set("application_name", "victim");
  return named.href;
}

async function beginOn(pool: pg.Pool) {
  const client = await pool.connect();
  await client.query("BEGIN");
  const end = async (word: "COMMIT" | "ROLLBACK") => {
    try {
      await client.query(word);
    } finally {
      client.release();
    }
  };
  return { tx: client, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") };
}

function sourceTable(pool: pg.Pool, name: string): SourceTable {
  return {
    name,
    captureName: `public.${name}`,
    put: async (rows) => {
      const text = `INSERT INTO ${name} SELECT * FROM jsonb_to_recordset($1) AS r(id int, owner int, label text)
        ON CONFLICT (id) DO UPDATE SET owner = EXCLUDED.owner, label = EXCLUDED.label`;
      await pool.query(text, [JSON.stringify(rows)]);
    },
    remove: async (ids) => {
      await pool.query(`DELETE FROM ${name} WHERE id = ANY ($1::int[])`, [ids]);
    },
  };
}

/** Locks the tables, waits until the adapter waits for them, and ends its connection there. */
async function interruptDuring(pool: pg.Pool, schema: string, operation: () => Promise<unknown>) {
  const holder = await pool.connect();
  await holder.query(`BEGIN; LOCK TABLE ${schema}.delivery IN ACCESS EXCLUSIVE MODE`);
  const outcome = operation().then(
    () => ({}),
    (error: unknown) => ({ error }),
  );
  const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'victim' AND wait_event_type = 'Lock'`;
  while ((await pool.query(ended)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const result = await outcome;
  await holder.query("ROLLBACK");
  holder.release();
  return result;
}

/** As the migrator leaves a schema when it has applied the first, the first two … migrations. */
async function earlierSchemas(
  pool: pg.Pool,
  url: string,
  schema: string,
  open: (name: string) => DatabaseSession,
): Promise<readonly EarlierSchema[]> {
  const connections = createConnections(pool, resolveOptions({ connectionString: url }));
  const earlier: EarlierSchema[] = [];
  for (let version = 1; version < migrations.length; version++) {
    const name = `${schema}_v${version}`;
    await createMigrator(connections, name, migrations.slice(0, version)).migrate(never);
    earlier.push({ name: `version ${version}`, session: open(name) });
  }
  return earlier;
}
