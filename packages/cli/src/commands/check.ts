import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";

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
