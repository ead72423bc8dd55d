import { createMigrator as createSharedMigrator, type Migrator } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import { KnownCharacterSet } from "./character-set.ts";
import { type Connections, runStatement } from "./connections.ts";
import type { OracleConnection } from "./driver.ts";
import { nativeCodeOf, translateError } from "./errors.ts";
import { type Migration, migrations } from "./migrations/index.ts";
import {
  createMigrationTable,
  insertLockRow,
  insertMigration,
  lockMigrations,
  schemaVersion,
} from "./sql/migrating.ts";
import { nameOf, type Place } from "./sql/names.ts";

/**
 * That name is taken (by this very object: a migration that broke off is begun anew), that list of
 * columns is indexed, or the table has the column.
 */
const alreadyThere: ReadonlySet<string | undefined> = new Set(["ORA-00955", "ORA-01408", "ORA-01430"]);

export function createMigrator(connections: Connections, place: Place, known = migrations): Migrator {
  return createSharedMigrator({
    place: `The tables ${nameOf(place, "change")} and the like`,
    packageName: "@syncline/oracle",
    names: known.map((migration) => migration.name),
    translate: translateError,
    terminator: "\n/",
    statements: (index) => [
      ...(index === 0 ? [createMigrationTable(place), insertLockRow(place).text] : []),
      ...(known[index]?.statements(place) ?? []),
      `INSERT INTO ${nameOf(place, "migration")} (version, name) VALUES (${index + 1}, '${known[index]?.name}')`,
      "COMMIT",
    ],
    withSession: (work, signal) =>
      connections.withConnection(
        (connection) =>
          work({
            version: () => versionOf(connection, place),
            apply: (index) => applyOnce(connections, connection, place, known[index], index + 1),
          }),
        signal,
      ),
  });
}

/** 0 without a table: ORA-00942, which is also what one hears who may not look. */
async function versionOf(connection: OracleConnection, place: Place): Promise<number> {
  try {
    const { rows } = await runStatement(connection, schemaVersion(place), {}, false);
    return Number(rows[0]?.[0] ?? 0);
  } catch (error) {
    if (nativeCodeOf(error) === "ORA-00942") return 0;
    throw error;
  }
}

/**
 * One migration; false if another worker has applied it meanwhile. DDL commits, and with a commit the session's row locks
 * are gone: so the lock is a row that another connection of ours holds. It ends with a worker that dies, and needs no
 * privilege, as DBMS_LOCK would.
 */
async function applyOnce(
  connections: Connections,
  connection: OracleConnection,
  place: Place,
  migration: Migration | undefined,
  version: number,
): Promise<boolean> {
  if (migration === undefined) return false;
  if (version === 1) await prepare(connection, place);
  return connections.withConnection(async (holder) => {
    for (const each of [connection, holder]) each.callTimeout = Math.max(each.callTimeout ?? 0, mostForAStep);
    try {
      await runStatement(holder, lockMigrations(place), {}, false);
      if ((await versionOf(connection, place)) >= version) return false;
      for (const text of migration.statements(place)) await runStep(connection, text);
      await runStatement(connection, insertMigration(place), { version, name: migration.name }, true);
      return true;
    } finally {
      await holder.rollback().catch(() => {});
    }
  });
}

/** What the lock itself needs. Workers that come at the same time find the table, or the row, there already. */
async function prepare(connection: OracleConnection, place: Place): Promise<void> {
  await refuseUnknownCharacterSets(connection);
  await runStep(connection, createMigrationTable(place));
  await runStatement(connection, insertLockRow(place), {}, true);
}

async function runStep(connection: OracleConnection, text: string): Promise<void> {
  try {
    const { warning } = await connection.execute(text, {}, { autoCommit: true });
    if (warning !== undefined) throw doesNotCompile(text, warning);
  } catch (error) {
    if (!alreadyThere.has(nativeCodeOf(error))) throw error;
  }
}

function doesNotCompile(text: string, warning: unknown): SynclineError {
  const [first = ""] = text.split("\n");
  const message = `What "${first}" makes does not compile: see USER_ERRORS. Has the user the rights that the README lists?`;
  return new SynclineError("database.failed", message, { cause: warning });
}

/** An index on a table of millions takes longer than a statement of a dispatch may. In milliseconds. */
const mostForAStep = 600_000;

async function refuseUnknownCharacterSets(connection: OracleConnection): Promise<void> {
  await new KnownCharacterSet().on(connection);
}
