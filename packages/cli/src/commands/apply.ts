import type { OperatorNote } from "@syncline/core/spi";
import { answer, type Context, makeSure } from "../context.ts";
import { type CompareOptions, compare, differenceLine, linesOf } from "../definition-difference.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";
import { collected } from "../values.ts";

export interface ApplyOptions extends CompareOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Makes the tables as the files are: all of it in one transaction, or nothing. Checked before on the
 * live database; the same again changes nothing.
 */
export async function apply(
  context: Context,
  folder: string,
  { dryRun, yes, ...options }: ApplyOptions,
  note: OperatorNote,
): Promise<ExitCode> {
  const { pipeline } = context;
  const { differences, edits, stored } = await compare(context, folder, options);
  const told = { differences, applied: 0 };
  if (edits.length === 0) {
    answer(context, told, () => "The tables are as the files: nothing is to be done.");
    return 0;
  }
  const problems = await pipeline.definitions.check(edits);
  const lines = differences.map(differenceLine).join("\n");
  if (problems.length > 0) throw new Refusal(linesOf(`${lines}\nNothing was done: this would not work.`, problems));
  if (dryRun) {
    answer(context, told, () => `${lines}\nNothing was done: it was a dry run.`);
    return 0;
  }
  const removed = differences.filter(({ what }) => what === "remove").length;
  const question = `${lines}\nMake the tables so${removed === 0 ? "" : `, and remove ${removed}`}?`;
  await makeSure(context, question, yes);
  await pipeline.definitions.apply(edits, stored.revision, note);
  answer(context, { differences, applied: edits.length }, () => `${lines}\n${edits.length} applied.`);
  return 0;
}

export const registerApply: Register = (program, { within }) => {
  acting(program.command("apply [folder]"))
    .description("make the tables as the files are, in one transaction, checked before on the live database")
    .option("--prune", "remove what the files do not have", false)
    .option("--env <name>", "an environment variable that the files may use", collected, [])
    .option("--dry-run", "check, and say what would be done", false)
    .option("-y, --yes", "without asking", false)
    .action((folder = "syncline", { prune, env, dryRun, yes, ...by }) =>
      within((context) => apply(context, folder, { prune, env, dryRun, yes }, noteOf(by))),
    );
};
