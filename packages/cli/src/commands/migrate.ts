import { TOKENS } from "@syncline/core";
import type { PendingMigrations } from "@syncline/core/spi";
import { answer, type Context } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import type { Register } from "../registration.ts";

export interface MigrateFlags {
  /** Nothing is made; exit code 1 says that there is something to make. */
  readonly check: boolean;
  /** Nothing is made; what would run is printed. */
  readonly dryRun: boolean;
}

/** Makes the tables, or tells what that would take. */
export async function migrate(context: Context, { check, dryRun }: MigrateFlags): Promise<ExitCode> {
  const { pipeline, terminal } = context;
  const session = pipeline.container.get(TOKENS.DatabaseSession);
  if (dryRun) {
    if (session.pendingMigrations === undefined) {
      const { name } = pipeline.container.get(TOKENS.DatabaseAdapter);
      throw new Refusal(`The adapter ${name} does not tell what its migrations run: see --check.`);
    }
    const pending = await session.pendingMigrations(terminal.signal);
    answer(context, pending, () => scriptOf(pending));
    return check && pending.migrations.length > 0 ? 1 : 0;
  }
  if (check) {
    const problem = await session.checkSchema(terminal.signal);
    answer(context, { problem: problem ?? null }, () => problem ?? "The tables are as this version needs them.");
    return problem === undefined ? 0 : 1;
  }
  const { applied } = await pipeline.migrate();
  answer(context, { applied }, () =>
    applied.length === 0 ? "The tables are up to date." : `Applied: ${applied.join(", ")}.`,
  );
  return 0;
}

/** For a client of the database. */
function scriptOf({ migrations, terminator }: PendingMigrations): string {
  if (migrations.length === 0) return "-- Nothing to do: the tables are up to date.";
  return migrations
    .flatMap(({ name, statements }) => [`-- ${name}`, ...statements.map((text) => `${text}${terminator}`), ""])
    .join("\n")
    .trimEnd();
}

export const registerMigrate: Register = (program, { within }) => {
  program
    .command("migrate")
    .description("make or upgrade Syncline's tables")
    .option("--check", "make nothing; exit code 1 if there is something to make", false)
    .option("--dry-run", "make nothing; print the SQL that would run", false)
    .action((options) => within((context) => migrate(context, options)));
};
