import { parseKey } from "../condition.ts";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/** What a strategy would do with one key now. Nothing is sent. */
export async function preview(context: Context, strategy: string, key: readonly string[]): Promise<ExitCode> {
  const { pipeline } = context;
  const found = await pipeline.preview(strategy, parseKey(key, pipeline));
  answer(context, found, () => {
    const { statements, rows, operation, request, call } = found;
    return [
      "Statement:",
      ...statements.map(({ text }) => indented(text)),
      `Rows: ${rows.length}`,
      ...rows.map((row) => indented(JSON.stringify(row))),
      operation === "none" ? "Nothing would be sent." : `Would be sent, as ${operation}:`,
      ...(request === undefined ? [] : [indented(JSON.stringify(request, null, 2))]),
      ...(request === undefined && call !== undefined ? call.items.map(({ json }) => indented(json)) : []),
    ].join("\n");
  });
  return 0;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

export const registerPreview: Register = (program, { within }) => {
  program
    .command("preview <strategy> <key...>")
    .description("what the strategy would send of one key now: `syncline preview crm-orders orderId=42`")
    .action((strategy, key) => within((context) => preview(context, strategy, key)));
};
