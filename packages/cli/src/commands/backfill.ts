import type { OperatorNote } from "@syncline/core/spi";
import { answer, type Context, makeSure } from "../context.ts";
import type { ExitCode } from "../failure.ts";

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
