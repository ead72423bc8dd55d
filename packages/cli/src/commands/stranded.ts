import type { OperatorNote, StrandedBacklog } from "@syncline/core/spi";
import { answer, type Context, makeSure } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";
import { showDuration } from "../times.ts";

const columns: readonly Column<StrandedBacklog>[] = [
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "PENDING", of: ({ pending }) => pending, right: true },
  { title: "DEAD", of: ({ dead }) => dead, right: true },
  { title: "HELD", of: ({ held }) => held, right: true },
  { title: "OLDEST", of: ({ oldestAgeMs }) => showDuration(oldestAgeMs), right: true },
  { title: "ONE OF ITS KEYS", of: ({ key }) => key },
];

export async function listStranded(context: Context): Promise<ExitCode> {
  const found = await context.pipeline.stranded.list();
  answer(context, found, () =>
    found.length === 0 ? "Everything that waits belongs to a strategy of a running worker." : table(columns, found),
  );
  return 0;
}

export interface StrandedOptions {
  readonly held: boolean;
  readonly yes: boolean;
  readonly note: OperatorNote;
}

export async function moveStranded(
  context: Context,
  strategy: string,
  to: string,
  { held, yes, note }: StrandedOptions,
): Promise<ExitCode> {
  await makeSure(context, `Hand what ${strategy} has left to ${to}?`, yes);
  const moved = await context.pipeline.stranded.move(strategy, { to, held }, note);
  answer(context, { moved }, () => `${moved} moved from ${strategy} to ${to}.`);
  return 0;
}

export async function discardStranded(
  context: Context,
  strategy: string,
  { held, yes, note }: StrandedOptions,
): Promise<ExitCode> {
  await makeSure(context, `Forget what ${strategy} has left, for good?`, yes);
  const discarded = await context.pipeline.stranded.discard(strategy, { held }, note);
  answer(context, { discarded }, () => `${discarded} of ${strategy} forgotten.`);
  return 0;
}

export const registerStranded: Register = (program, { within }) => {
  const stranded = program.command("stranded").description("what strategies have left that no running worker has");
  stranded
    .command("list")
    .description("how much, and one key of each")
    .action(() => within(listStranded));
  acting(stranded.command("move <strategy> <to>"))
    .description("hand it to another strategy, which sends the rows as they are now")
    .option("--held", "those that are held for a person, too", false)
    .option("-y, --yes", "without asking", false)
    .action((strategy, to, { held, yes, ...by }) =>
      within((context) => moveStranded(context, strategy, to, { held, yes, note: noteOf(by) })),
    );
  acting(stranded.command("discard <strategy>"))
    .description("forget it, for good")
    .option("--held", "those that are held for a person, too", false)
    .option("-y, --yes", "without asking", false)
    .action((strategy, { held, yes, ...by }) =>
      within((context) => discardStranded(context, strategy, { held, yes, note: noteOf(by) })),
    );
};
