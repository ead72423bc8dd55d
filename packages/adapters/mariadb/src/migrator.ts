import { createMigrator as createSharedMigrator, type Migrator } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "./driver.ts";
import { numberOf, translateError } from "./errors.ts";
import { type Migration, migrations } from "./migrations/index.ts";
import { isMariadb } from "./sessions.ts";
import { quoteIdentifier } from "./sql/identifier.ts";

/** `schemaName` is the database's name, not quoted. */
export function createMigrator(connections: MariadbConnections, schemaName: string, known = migrations): Migrator {
  const schema = quoteIdentifier(schemaName);
  return createSharedMigrator({
    place: `The database "${schemaName}"`,
    packageName: "@syncline/mariadb",
    names: known.map((migration) => migration.name),
    translate: translateError,
    statements: (index) => [
      ...(index === 0 ? [makeDatabase(schema, true), migrationTable(schema)] : []),
      ...(known[index]?.statements(schema) ?? []),
      `INSERT INTO ${schema}.migration (version, name) VALUES (${index + 1}, '${known[index]?.name}')`,
    ],
    withSession: (work, signal) =>
      connections.withConnection(
        (connection, doubt) =>
          work({
            version: () => versionOf(connection, schemaName),
            apply: (index) => applyOnce(connection, schemaName, known[index], index + 1).finally(doubt),
          }),
        signal,
        { deadlineMs: undefined },
      ),
  });
}

const noTable = 1146;
const noDatabase = 1049;

async function versionOf(connection: Connection, schemaName: string): Promise<number> {
  try {
    const [row] = await connection.query(
      `SELECT COALESCE(MAX(version), 0) FROM ${quoteIdentifier(schemaName)}.migration`,
    );
    return Number(row[0]);
  } catch (error) {
    if (numberOf(error) === noTable || numberOf(error) === noDatabase) return 0;
    throw error;
  }
}

/** Whoever waits for another worker's migration waits so long at most. */
const lockSeconds = 60;

/**
 * False if another worker has applied it meanwhile. Each definition commits by itself, and may be
 * run again after a break. The lock is the session's, which ends with a worker that dies.
 */
async function applyOnce(
  connection: Connection,
  schemaName: string,
  migration: Migration | undefined,
  version: number,
): Promise<boolean> {
  if (migration === undefined) return false;
  const schema = quoteIdentifier(schemaName);
  // Tables may be large: the limits of our other statements are not for these.
  if (isMariadb(connection)) await connection.query("SET SESSION max_statement_time = 0");
  const [row] = await connection.execute("SELECT GET_LOCK(?, ?)", [
    `syncline.migration:${schemaName}`.slice(0, 64),
    lockSeconds,
  ]);
  if (Number(row?.[0]) !== 1)
    throw new SynclineError("database.busy", `Another worker has been migrating for more than ${lockSeconds} seconds.`);
  try {
    if ((await versionOf(connection, schemaName)) >= version) return false;
    if (version === 1) await createMigrationTable(connection, schemaName);
    for (const text of migration.statements(schema)) await connection.query(text);
    await connection.execute(`INSERT INTO ${schema}.migration (version, name) VALUES (?, ?)`, [
      version,
      migration.name,
    ]);
    return true;
  } finally {
    await connection.query("DO RELEASE_ALL_LOCKS()").catch(() => {});
  }
}

/** CREATE DATABASE IF NOT EXISTS wants the right to create one even if it exists, and a login may lack it. */
async function createMigrationTable(connection: Connection, schemaName: string): Promise<void> {
  const schema = quoteIdentifier(schemaName);
  const found = await connection.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", [
    schemaName,
  ]);
  if (found.length === 0) await connection.query(makeDatabase(schema, false));
  await connection.query(migrationTable(schema));
}

function makeDatabase(schema: string, ifMissing: boolean): string {
  return `CREATE DATABASE ${ifMissing ? "IF NOT EXISTS " : ""}${schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
}

function migrationTable(schema: string): string {
  return `CREATE TABLE IF NOT EXISTS ${schema}.migration (
  version INT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  applied_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
}
