import type { OperatorNote } from "@syncline/core/spi";
import { answer, type Context, makeSure } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";

/** @param keys a SELECT of keys; `undefined`: all of the table that the category names. */
export async function backfill(
  context: Context,
  strategy: string,
  keys: string | undefined,
  isSure: boolean,
  note: OperatorNote,
): Promise<ExitCode> {
  const which = keys === undefined ? "all keys of its category's table" : "the keys of the query";
  await makeSure(context, `Send ${which} to the strategy ${strategy}?`, isSure);
  const count = await context.pipeline.backfill(strategy, keys === undefined ? undefined : { keys }, note);
  answer(context, { recorded: count }, () => `${count} keys recorded for ${strategy}.`);
  return 0;
}

export const registerBackfill: Register = (program, { within }) => {
  acting(program.command("backfill <strategy>"))
    .description("send keys to one strategy: all of its category's table, or those of a query")
    .option("--keys <select>", "a SELECT whose columns are named as the category's fields")
    .option("-y, --yes", "without asking", false)
    .action((strategy, { keys, yes, ...by }) =>
      within((context) => backfill(context, strategy, keys, yes, noteOf(by))),
    );
};
