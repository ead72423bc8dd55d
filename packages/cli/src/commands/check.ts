import type { Pipeline } from "@syncline/core";
import type { Problem } from "@syncline/core/spi";
import { placeIn } from "../config.ts";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/** With file, line and column, where the configuration is a file of data. */
export function placed(pipeline: Pipeline, problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ at, message }) => ({ at: placeIn(pipeline, at), message }));
}

/** Everything that would keep the pipeline from starting. */
export async function check(context: Context): Promise<ExitCode> {
  const problems = placed(context.pipeline, await context.pipeline.check());
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
