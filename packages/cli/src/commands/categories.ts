import type { CategorySummary } from "@syncline/core";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";

const columns: readonly Column<CategorySummary>[] = [
  { title: "CATEGORY", of: ({ name }) => name },
  {
    title: "KEY",
    of: ({ fields }) =>
      Object.entries(fields)
        .map(([field, type]) => `${field}: ${type}`)
        .join(", "),
  },
  { title: "TABLE", of: ({ source }) => source?.table ?? "-" },
  { title: "DEFINED IN", of: ({ definedIn }) => definedIn },
];

/** The data dictionary in force: of code, files and table. */
export async function categories(context: Context): Promise<ExitCode> {
  const found = await context.pipeline.categories();
  answer(context, found, () => (found.length === 0 ? "There is no category." : table(columns, found)));
  return 0;
}

export const registerCategories: Register = (program, { within }) => {
  program
    .command("categories")
    .description("the data dictionary in force, and where each category stands")
    .action(() => within(categories));
};
