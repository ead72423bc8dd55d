import type { CaptureReport } from "@syncline/core/spi";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/** Exit code 1: `show` found that the triggers are not as they should be. */
export async function capture(
  context: Context,
  what: "install" | "show" | "remove",
  category: string,
): Promise<ExitCode> {
  const report = await context.pipeline.capture[what](category);
  answer(context, report, () => describeCapture(report));
  return what === "show" && report.state !== "installed" ? 1 : 0;
}

function describeCapture({ category, table, state, drift, uncaptured, statements }: CaptureReport): string {
  return [
    `${category} (${table}): ${state}`,
    ...drift.map((sentence) => `  ${sentence}`),
    ...(uncaptured.length > 0 ? ["Not captured:", ...uncaptured.map((sentence) => `  ${sentence}`)] : []),
    ...(statements.length > 0 ? ["Statements:", ...statements.map((text) => `${text};`)] : []),
  ].join("\n");
}

const words = {
  install: "make them, or bring them up to date",
  show: "whether they are as they should be; exit code 1 if not",
  remove: "drop them",
};

export const registerCapture: Register = (program, { within }) => {
  const captures = program.command("capture").description("triggers that record a category's changes");
  for (const what of ["install", "show", "remove"] as const)
    captures
      .command(`${what} <category>`)
      .description(words[what])
      .action((category) => within((context) => capture(context, what, category)));
};
