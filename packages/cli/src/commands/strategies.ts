import type { StrategySummary } from "@syncline/core";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import { type Column, table } from "../table.ts";

const columns: readonly Column<StrategySummary>[] = [
  { title: "STRATEGY", of: ({ name }) => name },
  { title: "CATEGORY", of: ({ category }) => category },
  { title: "DOWNSTREAM", of: ({ downstream }) => downstream },
];

/** The strategies in force: of code, files and table. */
export async function strategies(context: Context): Promise<ExitCode> {
  const found = await context.pipeline.strategies();
  answer(context, found, () => (found.length === 0 ? "No strategy can work." : table(columns, found)));
  return 0;
}
