import { answer, type Context } from "../context.ts";
import { type CompareOptions, compare, differenceLine } from "../definition-difference.ts";
import type { ExitCode } from "../failure.ts";

/** What `apply` would do. Exit code 1 where anything is different. */
export async function diff(context: Context, folder: string, options: CompareOptions): Promise<ExitCode> {
  const { differences } = await compare(context, folder, options);
  answer(context, { differences }, () =>
    differences.length === 0 ? "The tables are as the files." : differences.map(differenceLine).join("\n"),
  );
  return differences.length === 0 ? 0 : 1;
}
