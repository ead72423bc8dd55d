import { TOKENS } from "@syncline/core";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/** @param isCheck nothing is made; exit code 1 says that there is something to make. */
export async function migrate(context: Context, isCheck: boolean): Promise<ExitCode> {
  const { pipeline, terminal } = context;
  if (isCheck) {
    const problem = await pipeline.container.get(TOKENS.DatabaseSession).checkSchema(terminal.signal);
    answer(context, { problem: problem ?? null }, () => problem ?? "The tables are as this version needs them.");
    return problem === undefined ? 0 : 1;
  }
  const { applied } = await pipeline.migrate();
  answer(context, { applied }, () =>
    applied.length === 0 ? "The tables are up to date." : `Applied: ${applied.join(", ")}.`,
  );
  return 0;
}

export const registerMigrate: Register = (program, { within }) => {
  program
    .command("migrate")
    .description("make or upgrade Syncline's tables")
    .option("--check", "make nothing; exit code 1 if there is something to make", false)
    .action(({ check: isCheck }) => within((context) => migrate(context, isCheck)));
};
