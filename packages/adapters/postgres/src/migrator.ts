import type { MigrationReport } from "@syncline/core/spi";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { throwIfAborted } from "./aborted.ts";
import type { Connections } from "./connections.ts";
import type { PgClient } from "./driver.ts";
import { sqlStateOf, translateError } from "./errors.ts";
import { type Migration, migrations } from "./migrations/index.ts";
import { quoteIdentifier, quoteLiteral } from "./sql/identifier.ts";

export interface Migrator {
  migrate(signal: AbortSignal): Promise<MigrationReport>;
  check(signal: AbortSignal): Promise<string | undefined>;
}

/** `schemaName` is the schema's name, not quoted. */
export function createMigrator(connections: Connections, schemaName: string, known = migrations): Migrator {
  return {
    async migrate(signal) {
      const applied: string[] = [];
      try {
        await connections.withClient(async (client) => {
          const before = await versionOf(client, schemaName);
          for (let next = before; next < known.length; next++) {
            throwIfAborted(signal);
            const migration = known[next];
            if (migration !== undefined && (await applyOnce(client, schemaName, migration, next + 1)))
              applied.push(migration.name);
          }
          refuseNewer(await versionOf(client, schemaName), schemaName, known.length);
        }, signal);
      } catch (error) {
        throw translateError(error);
      }
      return { applied };
    },
    async check(signal) {
      try {
        const version = await connections.withClient((client) => versionOf(client, schemaName), signal);
        if (version > known.length) return newerSentence(version, schemaName, known.length);
        if (version === known.length) return undefined;
        return version === 0
          ? `The schema "${schemaName}" has no Syncline tables yet: run migrate().`
          : `The schema "${schemaName}" is at version ${version}, and this adapter needs ${known.length}: run migrate().`;
      } catch (error) {
        const translated = translateError(error);
        if (sqlStateOf(error) === "42501") return `${translated.message}`;
        throw translated;
      }
    },
  };
}

/** 0 without a table. Two steps, because a missing table would fail the statement that names it. */
async function versionOf(client: PgClient, schemaName: string): Promise<number> {
  const found = await client.query({
    text: "SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'migration'",
    values: [schemaName],
  });
  if (found.rows.length === 0) return 0;
  const { rows } = await client.query({
    text: `SELECT coalesce(max(version), 0)::text FROM ${quoteIdentifier(schemaName)}.migration`,
    rowMode: "array",
  });
  return Number((rows as readonly (readonly unknown[])[])[0]?.[0] ?? 0);
}

/**
 * One migration in one transaction; false if another worker has applied it meanwhile. The lock is the transaction's, and
 * so works through a pooler in transaction mode, and ends with a worker that dies.
 */
async function applyOnce(
  client: PgClient,
  schemaName: string,
  migration: Migration,
  version: number,
): Promise<boolean> {
  const schema = quoteIdentifier(schemaName);
  await client.query("BEGIN");
  try {
    await client.query(
      `SELECT pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`syncline.migration:${schemaName}`)}, 0))`,
    );
    const isNew = (await versionOf(client, schemaName)) < version;
    if (isNew) {
      if (version === 1) await createMigrationTable(client, schemaName);
      for (const statement of migration.statements(schema)) await client.query(statement);
      await client.query({
        text: `INSERT INTO ${schema}.migration (version, name) VALUES ($1, $2)`,
        values: [version, migration.name],
      });
    }
    const end = await client.query("COMMIT");
    if (end.command !== "COMMIT")
      throw new SynclineError("database.failed", `Migration ${migration.name} was rolled back.`);
    return isNew;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    if (isSynclineError(error)) throw error;
    const { code, message } = translateError(error);
    throw new SynclineError(code, `Migration ${migration.name} failed. ${message}`, { cause: error });
  }
}

/** CREATE SCHEMA IF NOT EXISTS wants the right to create one even if it exists, and a worker's role may lack it. */
async function createMigrationTable(client: PgClient, schemaName: string): Promise<void> {
  const schema = quoteIdentifier(schemaName);
  const found = await client.query({
    text: "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1",
    values: [schemaName],
  });
  if (found.rows.length === 0) await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.migration (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`);
}

function refuseNewer(version: number, schemaName: string, known: number): void {
  if (version > known) throw new SynclineError("database.schema", newerSentence(version, schemaName, known));
}

function newerSentence(version: number, schemaName: string, known: number): string {
  return `The schema "${schemaName}" is at version ${version}, and this adapter knows ${known}: update @syncline/postgres.`;
}
