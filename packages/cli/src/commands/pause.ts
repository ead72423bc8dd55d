import type { OperatorNote } from "@syncline/core/spi";
import { answer, type Context } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";

/** @param all every strategy that has anything to deliver, or is paused. */
export async function pauseOrResume(
  context: Context,
  what: "pause" | "resume",
  names: readonly string[],
  all: boolean,
  note: OperatorNote,
): Promise<ExitCode> {
  const { pipeline } = context;
  if (all === names.length > 0) throw new Refusal("Name strategies, or say --all.", 2);
  const chosen = all ? await everyStrategy(context, what) : names;
  for (const name of chosen) await pipeline[what](name, note);
  answer(context, { [`${what}d`]: chosen }, () =>
    chosen.length === 0 ? `There is nothing to ${what}.` : `${what}d: ${chosen.join(", ")}`,
  );
  return 0;
}

async function everyStrategy({ pipeline }: Context, what: "pause" | "resume"): Promise<readonly string[]> {
  const { strategies } = await pipeline.status();
  if (what === "resume") return strategies.filter(({ paused }) => paused).map(({ strategy }) => strategy);
  return (await pipeline.strategies()).map(({ name }) => name);
}

export const registerPause: Register = (program, { within }) => {
  for (const what of ["pause", "resume"] as const)
    acting(program.command(`${what} [strategies...]`))
      .description(what === "pause" ? "no worker claims the strategies until they are resumed" : "work on them again")
      .option("--all", "every strategy", false)
      .action((names, { all, ...by }) => within((context) => pauseOrResume(context, what, names, all, noteOf(by))));
};
