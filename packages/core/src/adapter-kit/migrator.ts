import type { MigrationReport, PendingMigrations } from "../contracts/database-adapter.ts";
import { isSynclineError, SynclineError } from "../model/errors.ts";
import { throwIfAborted } from "./aborted.ts";

/** On one connection. */
export interface MigrationSession {
  /** How many migrations have been applied; 0 where there are no tables yet. */
  version(): Promise<number>;
  /**
   * Apply the migration at this place in the list (from 0), unless another worker has: then false. Under a lock that ends
   * with its holder; in one transaction where the database can, otherwise so that it may be repeated after a break.
   */
  apply(index: number): Promise<boolean>;
}

export interface MigratorParts {
  /** For messages, as in `The schema "syncline"`. */
  readonly place: string;
  /** Who must be updated when the tables are newer. */
  readonly packageName: string;
  /** In their order. What was released is never renamed and never moved. */
  readonly names: readonly string[];
  /** All that the migration at this place runs, its own record included: for `pending`. */
  statements?(index: number): readonly string[];
  /** As `PendingMigrations.terminator`. Default `;`. */
  readonly terminator?: string;
  withSession<Result>(work: (session: MigrationSession) => Promise<Result>, signal: AbortSignal): Promise<Result>;
  /** The one place where what the driver throws becomes a `SynclineError`. What is one already stays as it is. */
  translate(error: unknown): SynclineError;
}

export interface Migrator {
  migrate(signal: AbortSignal): Promise<MigrationReport>;
  checkSchema(signal: AbortSignal): Promise<string | undefined>;
  /** There if `MigratorParts.statements` is. */
  readonly pending?: (signal: AbortSignal) => Promise<PendingMigrations>;
}

/** `DatabaseSession.migrate` and `checkSchema`. */
export function createMigrator(parts: MigratorParts): Migrator {
  const { place, packageName, names, translate, statements, terminator = ";" } = parts;
  const newer = (version: number) =>
    `${place} is at version ${version}, and this adapter knows ${names.length}: update ${packageName}.`;
  const versionNow = (signal: AbortSignal) =>
    parts
      .withSession((session) => session.version(), signal)
      .catch((error: unknown) => {
        throw translate(error);
      });
  return {
    async migrate(signal) {
      const applied: string[] = [];
      const applyAll = async (session: MigrationSession) => {
        for (let index = await session.version(); index < names.length; index++) {
          throwIfAborted(signal);
          const name = names[index] ?? "";
          if (await applyNamed(session, index, name, translate)) applied.push(name);
        }
        const version = await session.version();
        if (version > names.length) throw new SynclineError("database.schema", newer(version));
      };
      await parts.withSession(applyAll, signal).catch((error: unknown) => {
        throw translate(error);
      });
      return { applied };
    },
    ...(statements === undefined
      ? {}
      : {
          pending: async (signal) => {
            const version = await versionNow(signal);
            if (version > names.length) throw new SynclineError("database.schema", newer(version));
            const migrations = names
              .map((name, index) => ({ name, statements: statements.call(parts, index) }))
              .slice(version);
            return { migrations, terminator };
          },
        }),
    async checkSchema(signal) {
      const version = await versionNow(signal);
      if (version > names.length) return newer(version);
      if (version === names.length) return undefined;
      return version === 0
        ? `${place} has no Syncline tables yet: run migrate().`
        : `${place} is at version ${version}, and this adapter needs ${names.length}: run migrate().`;
    },
  };
}

async function applyNamed(
  session: MigrationSession,
  index: number,
  name: string,
  translate: MigratorParts["translate"],
): Promise<boolean> {
  try {
    return await session.apply(index);
  } catch (error) {
    if (isSynclineError(error)) throw error;
    const { code, message } = translate(error);
    throw new SynclineError(code, `Migration ${name} failed. ${message}`, { cause: error });
  }
}
