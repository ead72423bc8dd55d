import { TOKENS } from "@syncline/core";
import { type Statement, SynclineError } from "@syncline/core/spi";
import { parseKey } from "../condition.ts";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";

/**
 * What a strategy would do with one key now. Nothing is sent.
 *
 * @param explain the database's own plan as well
 */
export async function preview(
  context: Context,
  strategy: string,
  key: readonly string[],
  explain: boolean,
): Promise<ExitCode> {
  const { pipeline } = context;
  const found = await pipeline.preview(strategy, parseKey(key, pipeline));
  const plans = explain ? await plansOf(context, found.statements) : undefined;
  answer(context, plans === undefined ? found : { ...found, plans }, () => {
    const { statements, rows, operation, request, call } = found;
    return [
      "Statement:",
      ...statements.map(({ text }) => indented(text)),
      ...(plans === undefined ? [] : ["Plan, by the database (not run):", ...plans.map(indented)]),
      `Rows: ${rows.length}`,
      ...rows.map((row) => indented(JSON.stringify(row))),
      operation === "none" ? "Nothing would be sent." : `Would be sent, as ${operation}:`,
      ...(request === undefined ? [] : [indented(JSON.stringify(request, null, 2))]),
      ...(request === undefined && call !== undefined ? call.items.map(({ json }) => indented(json)) : []),
    ].join("\n");
  });
  return 0;
}

async function plansOf({ pipeline, terminal }: Context, statements: readonly Statement[]): Promise<readonly string[]> {
  const runner = pipeline.container.get(TOKENS.QueryRunner);
  if (runner.explain !== undefined) return await runner.explain(statements, terminal.signal);
  const { name } = pipeline.container.get(TOKENS.DatabaseAdapter);
  throw new SynclineError(
    "config.invalid",
    `The adapter ${name} cannot tell how the database plans a query: leave --explain out.`,
  );
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

export const registerPreview: Register = (program, { within }) => {
  program
    .command("preview <strategy> <key...>")
    .description("what the strategy would send of one key now: `syncline preview crm-orders orderId=42`")
    .option("--explain", "how the database would run the statement, too", false)
    .action((strategy, key, { explain }) => within((context) => preview(context, strategy, key, explain)));
};
