import type { LiveChoice } from "@syncline/core";
import type { OperatorNote } from "@syncline/core/spi";
import { answer, breakable, type Context, makeSure } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";

export interface ShadowLiveOptions {
  /** What it was held against is removed, or goes on beside it. */
  readonly replace: boolean;
  readonly keep: boolean;
  /** All keys of its category's table are sent. */
  readonly backfill: boolean;
  readonly yes: boolean;
}

/** A shadow of the table becomes live. */
export async function makeShadowLive(
  context: Context,
  strategy: string,
  { replace, keep, backfill, yes }: ShadowLiveOptions,
  note: OperatorNote,
): Promise<ExitCode> {
  const { pipeline } = context;
  if (replace && keep) throw new Refusal("Say --replace or --keep, not both.", 2);
  const found = (await pipeline.strategies()).find(({ name }) => name === strategy);
  const against = found?.mode === "shadow" ? found.shadowOf : undefined;
  if (against !== undefined && !replace && !keep)
    throw new Refusal(
      `${strategy} is held against ${against}, which sends the same keys. --replace removes ${against}, and hands on what it still owes; with --keep both send.`,
      2,
    );
  const removes = against !== undefined && replace ? `, and remove ${against}` : "";
  await makeSure(context, `From now on send what ${strategy} makes${removes}?`, yes);
  const choice: LiveChoice = { others: replace ? "replace" : keep ? "keep" : undefined };
  const { replaced, moved } = await breakable(context, () => pipeline.definitions.makeLive(strategy, choice, note));
  const filled = backfill ? await pipeline.backfill(strategy, undefined, note) : undefined;
  answer(context, { strategy, replaced: replaced ?? null, moved, backfilled: filled ?? null }, () =>
    [
      `${strategy} is live.`,
      ...(replaced === undefined ? [] : [`${replaced} is removed; ${moved} that it owed go to ${strategy}.`]),
      filled === undefined
        ? `What does not change is not sent: syncline backfill ${strategy}`
        : `${filled} keys recorded for ${strategy}.`,
    ].join("\n"),
  );
  return 0;
}

export const registerShadow: Register = (program, { within }) => {
  const shadow = program.command("shadow").description("strategies that do all but the call");
  acting(shadow.command("live <strategy>"))
    .description("a shadow of the table becomes live, at once for every worker")
    .option("--replace", "remove the strategy that it is held against, and hand on what that one still owes", false)
    .option("--keep", "both send", false)
    .option("--backfill", "send all keys of its category's table, too", false)
    .option("-y, --yes", "without asking", false)
    .action((strategy, { replace, keep, backfill, yes, ...by }) =>
      within((context) => makeShadowLive(context, strategy, { replace, keep, backfill, yes }, noteOf(by))),
    );
};
