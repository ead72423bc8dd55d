import type { StrategyVersion } from "@syncline/core/spi";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import { type Column, table } from "../table.ts";

const columns: readonly Column<StrategyVersion>[] = [
  { title: "VERSION", of: ({ version }) => version, right: true },
  { title: "WHEN", of: ({ at }) => new Date(at).toISOString().slice(0, 19).replace("T", " ") },
  { title: "WHO", of: ({ author }) => author || "-" },
  { title: "WHAT", of: ({ change }) => change },
  { title: "ENABLED", of: ({ enabled }) => (enabled ? "yes" : "no") },
  { title: "DEFINITION", of: ({ definition }) => definition },
];

/** What a strategy of the table was, and who changed it; the newest version first. */
export async function strategyHistory(context: Context, strategy: string, limit: number): Promise<ExitCode> {
  const versions = await context.pipeline.strategyHistory(strategy, { limit });
  answer(context, versions, () =>
    versions.length === 0 ? `The table has never had a strategy ${strategy}.` : table(columns, versions),
  );
  return 0;
}
