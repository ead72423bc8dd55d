import { createMigrator as createSharedMigrator, type Migrator } from "@syncline/core/adapter-kit";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import type { Connections, OpenTransaction } from "./connections.ts";
import { needsOpenJson, numberOf, translateError } from "./errors.ts";
import { type Migration, migrations } from "./migrations/index.ts";
import { quoteIdentifier, quoteLiteral } from "./sql/identifier.ts";
import {
  createMigrationTable,
  createSchema,
  lockMigrations,
  recordMigration,
  schemaState,
  versionOf,
} from "./sql/migrate.ts";
import { neededSettings, sessionSettings } from "./sql/session-settings.ts";

export interface MigratorSettings {
  /** The schema's name, not quoted. */
  readonly schema: string;
  /** Of each statement. */
  readonly statementTimeoutMs: number;
  /** Strategies' queries will want SNAPSHOT isolation on this very database. */
  readonly needsSnapshots: boolean;
}

export function createMigrator(
  connections: Connections,
  settings: MigratorSettings,
  known: readonly Migration[] = migrations,
): Migrator {
  const { schema, needsSnapshots } = settings;
  const quoted = quoteIdentifier(schema);
  const { migrate, checkSchema, pending } = createSharedMigrator({
    place: `The schema "${schema}"`,
    packageName: "@syncline/sqlserver",
    names: known.map(({ name }) => name),
    translate: (error) => translateError(error),
    terminator: "\nGO",
    statements: (index) => [
      ...(index === 0
        ? [
            `IF SCHEMA_ID(${quoteLiteral(schema)}) IS NULL EXEC(${quoteLiteral(createSchema(quoted))})`,
            createMigrationTable(quoted),
          ]
        : []),
      ...(known[index]?.statements(quoted) ?? []),
      `INSERT INTO ${quoted}.migration (version, name) VALUES (${index + 1}, ${quoteLiteral(known[index]?.name ?? "")})`,
    ],
    withSession: async (work, signal) => {
      const problem = await serverProblem(connections, signal);
      if (problem !== undefined) throw new SynclineError("database.failed", problem, { cause: unfit });
      return await work({
        version: () =>
          connections.transaction(async ({ run }) => ({ result: await currentVersion(run, schema) }), signal),
        apply: (index) => applyOnce(connections, settings, known[index], index + 1, signal),
      });
    },
  });
  return {
    migrate,
    ...(pending === undefined ? {} : { pending }),
    checkSchema: async (signal) => {
      try {
        return (
          (await checkSchema(signal)) ??
          (needsSnapshots ? await refusedSnapshots(connections, schema, signal) : undefined)
        );
      } catch (error) {
        // A login that may not look is something to tell a person, not something to try again.
        if (!isSynclineError(error)) throw error;
        if (error.cause === unfit || noRight.has(numberOf(error.cause) ?? 0)) return error.message;
        throw error;
      }
    },
  };
}

/** What no other attempt will change. */
const unfit = new Error("The server, or its session, lacks what Syncline needs.");

/** What of the database and of the session's settings would make Syncline fail later, in a sentence. */
async function serverProblem(connections: Connections, signal: AbortSignal): Promise<string | undefined> {
  try {
    const [row] = await connections.run(sessionSettings, {}, signal);
    const odd = neededSettings.filter(({ wanted }, index) => row !== undefined && row[index] !== wanted);
    if (odd.length === 0) return undefined;
    const wanted = odd.map((each) => `SET ${each.name} ${each.wanted === 1 ? "ON" : "OFF"}`).join(", ");
    return `Filtered indexes and exact comparisons need settings that the session has otherwise: ${wanted}.`;
  } catch (error) {
    if (isSynclineError(error) && needsOpenJson(error)) return error.message;
    throw error;
  }
}

const noRight: ReadonlySet<number> = new Set([229, 230]);

/** 0 without a table. Two steps, because a missing table would fail the statement that names it. */
async function currentVersion(run: OpenTransaction["run"], schema: string): Promise<number> {
  const [state] = await run(schemaState, { schema });
  if (state?.[1] !== 1) return 0;
  const [row] = await run(versionOf(quoteIdentifier(schema)));
  return Number(row?.[0] ?? 0);
}

async function refusedSnapshots(
  connections: Connections,
  schema: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [state] = await connections.run(schemaState, { schema }, signal);
  if (Number(state?.[2] ?? 1) === 1) return undefined;
  return (
    "The database allows no snapshot isolation, in which strategies' queries read: " +
    "ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON, or give sqlserver() the option snapshotReads: false."
  );
}

/** The server must answer before the driver's time limit ends the wait. */
export function lockMigrationsMs(statementTimeoutMs: number): number {
  return Math.floor(statementTimeoutMs / 2);
}

/** One migration in one transaction; false if another worker has applied it meanwhile. The lock is the transaction's, and ends with it. */
function applyOnce(
  connections: Connections,
  { schema: schemaName, statementTimeoutMs }: MigratorSettings,
  migration: Migration | undefined,
  version: number,
  signal: AbortSignal,
): Promise<boolean> {
  const schema = quoteIdentifier(schemaName);
  return connections.transaction(async ({ run, batch }) => {
    if (migration === undefined) return { result: false, undo: true };
    const [granted] = await run(lockMigrations(schemaName, lockMigrationsMs(statementTimeoutMs)));
    if (Number(granted?.[0]) < 0)
      throw new SynclineError("database.busy", "Another worker holds the lock of the migrations.");
    if ((await currentVersion(run, schemaName)) >= version) return { result: false, undo: true };
    if (version === 1) {
      const [state] = await run(schemaState, { schema: schemaName });
      // Whoever may not create a schema can be given one.
      if (state?.[0] !== 1) await batch(createSchema(schema));
      if (state?.[1] !== 1) await batch(createMigrationTable(schema));
    }
    for (const statement of migration.statements(schema)) await batch(statement);
    await run(recordMigration(schema), { version, name: migration.name });
    return { result: true };
  }, signal);
}
