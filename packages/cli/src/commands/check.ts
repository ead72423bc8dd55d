import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/** Everything that would keep the pipeline from starting. */
export async function check(context: Context): Promise<ExitCode> {
  const problems = await context.pipeline.check();
  answer(context, { problems }, () =>
    problems.length === 0
      ? "All is well: options, files, tables, and the query of every strategy."
      : problems.map(({ at, message }) => `${at}: ${message}`).join("\n"),
  );
  return problems.length === 0 ? 0 : 1;
}

export const registerCheck: Register = (program, { within }) => {
  program
    .command("check")
    .description("all that would keep the pipeline from starting; exit code 1 if there is anything")
    .action(() => within(check));
};
