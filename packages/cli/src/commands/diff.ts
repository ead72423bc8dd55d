import { answer, type Context } from "../context.ts";
import { type CompareOptions, compare, differenceLine } from "../definition-difference.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { collected } from "../values.ts";

/** What `apply` would do. Exit code 1 where anything is different. */
export async function diff(context: Context, folder: string, options: CompareOptions): Promise<ExitCode> {
  const { differences } = await compare(context, folder, options);
  answer(context, { differences }, () =>
    differences.length === 0 ? "The tables are as the files." : differences.map(differenceLine).join("\n"),
  );
  return differences.length === 0 ? 0 : 1;
}

export const registerDiff: Register = (program, { within }) => {
  program
    .command("diff [folder]")
    .description("what is different between files and tables; exit code 1 if anything is")
    .option("--prune", "tell of what the files do not have, too", false)
    .option("--env <name>", "an environment variable that the files may use", collected, [])
    .action((folder = "syncline", options) => within((context) => diff(context, folder, options)));
};
