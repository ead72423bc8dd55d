import { createMigrator as createSharedMigrator, type Migrator } from "@syncline/core/adapter-kit";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import type { PgClient } from "./driver.ts";
import { sqlStateOf, translateError } from "./errors.ts";
import { type Migration, migrations } from "./migrations/index.ts";
import { quoteIdentifier, quoteLiteral } from "./sql/identifier.ts";
import { allSettings } from "./sql/own-settings.ts";
import { beginOwn, noLimits } from "./sql/transaction-step.ts";

/** `schemaName` is the schema's name, not quoted. */
export function createMigrator(connections: Connections, schemaName: string, known = migrations): Migrator {
  const schema = quoteIdentifier(schemaName);
  const { migrate, checkSchema, pending } = createSharedMigrator({
    place: `The schema "${schemaName}"`,
    packageName: "@syncline/postgres",
    names: known.map((migration) => migration.name),
    translate: translateError,
    statements: (index) => [
      begin,
      lockOf(schemaName),
      ...(index === 0 ? [`CREATE SCHEMA IF NOT EXISTS ${schema}`, migrationTable(schema)] : []),
      ...(known[index]?.statements(schema) ?? []),
      `INSERT INTO ${schema}.migration (version, name) VALUES (${index + 1}, ${quoteLiteral(known[index]?.name ?? "")})`,
      "COMMIT",
    ],
    withSession: (work, signal) =>
      connections.withClient(
        (client) =>
          work({
            version: () => versionOf(client, schemaName),
            apply: (index) => applyOnce(client, schemaName, known[index], index + 1),
          }),
        signal,
      ),
  });
  return {
    migrate,
    ...(pending === undefined ? {} : { pending }),
    checkSchema: (signal) =>
      checkSchema(signal).catch((error: unknown) => {
        // A role that may not look is something to tell a person, not something to try again.
        const isRight = isSynclineError(error) && error.code === "database.failed";
        if (isRight && sqlStateOf(error.cause) === "42501") return error.message;
        throw error;
      }),
  };
}

// What defaults, constraints and indexes call is decided here, for good, and how rows are kept.
const begin = `${beginOwn}; ${noLimits}; SET LOCAL default_table_access_method = heap${allSettings}`;

function lockOf(schemaName: string): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`syncline.migration:${schemaName}`)}, 0))`;
}

function migrationTable(schema: string): string {
  return `CREATE TABLE IF NOT EXISTS ${schema}.migration (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;
}

/**
 * 0 without a table. Two steps, because a missing table would fail the statement that names it. They are
 * asked outside of a transaction of ours, too, whatever the session's search path is.
 */
async function versionOf(client: PgClient, schemaName: string): Promise<number> {
  const found = await client.query({
    text: `SELECT FROM pg_catalog.pg_tables
 WHERE schemaname OPERATOR(pg_catalog.=) $1 AND tablename OPERATOR(pg_catalog.=) 'migration'`,
    values: [schemaName],
  });
  if (found.rows.length === 0) return 0;
  const { rows } = await client.query({
    text: `SELECT coalesce(pg_catalog.max(version), 0)::pg_catalog.text FROM ${quoteIdentifier(schemaName)}.migration`,
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
  migration: Migration | undefined,
  version: number,
): Promise<boolean> {
  if (migration === undefined) return false;
  const schema = quoteIdentifier(schemaName);
  await client.query(begin);
  try {
    await client.query(lockOf(schemaName));
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
    throw error;
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
  await client.query(migrationTable(schema));
}
