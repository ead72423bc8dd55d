import type { OperatorNote } from "@syncline/core/spi";
import { answer, type Context, makeSure } from "../context.ts";
import { type CompareOptions, compare, differenceLine, linesOf } from "../definition-difference.ts";
import { type ExitCode, Refusal } from "../failure.ts";

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
