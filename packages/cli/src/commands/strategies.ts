import type { StrategySummary } from "@syncline/core";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";
import { wholeNumber } from "../values.ts";
import { strategyHistory } from "./strategy-history.ts";

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

export const registerStrategies: Register = (program, { within }) => {
  program
    .command("strategies")
    .description("the strategies in force")
    .action(() => within(strategies))
    .command("history <name>")
    .description("what a strategy was, who changed it and when; the newest first")
    .option("--limit <count>", "at most so many", wholeNumber, 20)
    .action((name, { limit }) => within((context) => strategyHistory(context, name, limit)));
};
