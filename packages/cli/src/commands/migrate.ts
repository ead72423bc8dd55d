import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";

export async function migrate(context: Context): Promise<ExitCode> {
  const { applied } = await context.pipeline.migrate();
  answer(context, { applied }, () =>
    applied.length === 0 ? "The tables are up to date." : `Applied: ${applied.join(", ")}.`,
  );
  return 0;
}
