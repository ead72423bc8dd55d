import type { Pipeline } from "@syncline/core";
import type { DeadLetter, DeadLetterCause, DeadLetterFilter, OperatorNote } from "@syncline/core/spi";
import { failureKinds } from "@syncline/core/spi";
import { type Command, Option } from "commander";
import { answer, breakable, type Context, makeSure } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";
import { showDuration } from "../times.ts";
import { duration, wholeNumber } from "../values.ts";

/** As many as a page may have. */
const pageSize = 1_000;

const columns: readonly Column<DeadLetter>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "KEY", of: ({ key }) => key },
  { title: "STATE", of: ({ state }) => state },
  { title: "ATTEMPTS", of: ({ attempts }) => attempts, right: true },
  { title: "DIED", of: ({ diedAt }) => ago(diedAt), right: true },
  { title: "FAILURE", of: ({ failure: { kind, code } }) => `${kind}: ${code}` },
];

/** @param most of those that fit; the oldest first. */
export async function listDead(context: Context, filter: DeadLetterFilter, most: number): Promise<ExitCode> {
  const found: DeadLetter[] = [];
  let after: string | undefined;
  do {
    const from = after === undefined ? {} : { after };
    const limit = Math.min(pageSize, most - found.length);
    const page = await context.pipeline.deadLetters.list({ ...filter, ...from, limit });
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined && found.length < most);
  const more = after !== undefined;
  answer(context, { items: found, more }, () => {
    if (found.length === 0) return "There is no such dead letter.";
    return [table(columns, found), ...(more ? [`There are more: these are the first ${most}. See --limit.`] : [])].join(
      "\n",
    );
  });
  return 0;
}

const causeColumns: readonly Column<DeadLetterCause>[] = [
  { title: "COUNT", of: ({ count }) => count, right: true },
  { title: "HELD", of: ({ held }) => held, right: true },
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "FAILURE", of: ({ kind, code }) => `${kind}: ${code}` },
  { title: "OLDEST", of: ({ oldestDiedAt }) => ago(oldestDiedAt), right: true },
  { title: "NEWEST", of: ({ newestDiedAt }) => ago(newestDiedAt), right: true },
  { title: "ONE OF THE MESSAGES", of: ({ message }) => message },
];

function ago(time: number): string {
  return `${showDuration(Math.max(0, Date.now() - time))} ago`;
}

/** What they died of, the most frequent first. */
export async function deadCauses(context: Context, filter: DeadLetterFilter): Promise<ExitCode> {
  const found = await context.pipeline.deadLetters.causes(filter);
  answer(context, found, () => (found.length === 0 ? "There is no such dead letter." : table(causeColumns, found)));
  return 0;
}

export async function showDead(context: Context, id: string): Promise<ExitCode> {
  const letter = await findLetter(context.pipeline, id);
  if (letter === undefined)
    throw new Refusal(`There is no dead letter ${id}: it was delivered, requeued or discarded.`);
  answer(context, letter, () => {
    const { strategy, key, state, operation, attempts, diedAt, failure } = letter;
    return [
      `${id}: ${strategy} ${key}`,
      `${state} since ${new Date(diedAt).toISOString()}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"}, last as ${operation}`,
      `${failure.kind}, ${failure.code}: ${failure.message}`,
      `See what would be sent now: syncline preview ${strategy} '${key}'`,
    ].join("\n");
  });
  return 0;
}

async function findLetter(pipeline: Pipeline, id: string): Promise<DeadLetter | undefined> {
  if (!/^\d{1,19}$/.test(id)) throw new Refusal(`"${id}" is no dead letter's id, which has digits alone.`, 2);
  // Its page begins where the one before it ends.
  const page = await pipeline.deadLetters.list({ limit: 1, after: String(BigInt(id) - 1n) });
  return page.items.find((letter) => letter.id === id);
}

export interface ChangeOptions {
  readonly isSure: boolean;
  readonly note: OperatorNote;
}

/**
 * Requeues or discards: by ids, or whatever fits the filter when it is run. In portions, each of
 * them a transaction of its own; broken off, it can be run again.
 */
export async function changeDead(
  context: Context,
  what: "requeue" | "discard",
  ids: readonly string[],
  filter: DeadLetterFilter,
  { isSure, note }: ChangeOptions,
): Promise<ExitCode> {
  const { deadLetters } = context.pipeline;
  const hasFilter = Object.keys(filter).length > 0;
  if (ids.length > 0 && hasFilter)
    throw new Refusal("Name ids, or say which by --strategy, --code and so on; not both.", 2);
  if (ids.length === 0 && !hasFilter)
    throw new Refusal("Name ids, or say which: --strategy, --key, --code, --state, --older-than.", 2);
  const chosen = hasFilter ? sum(await deadLetters.causes(filter)) : ids.length;
  const verb = what === "requeue" ? "Send" : "Forget, for good,";
  if (chosen > 0)
    await makeSure(context, `${verb} ${chosen} dead letters${what === "requeue" ? " again" : ""}?`, isSure);
  const count = await breakable(context, () => deadLetters[what](hasFilter ? filter : { ids }, note));
  const done = what === "requeue" ? "due again now, with fresh attempts" : "forgotten";
  answer(context, { chosen, [`${what === "requeue" ? "requeued" : "discarded"}`]: count }, () =>
    count >= chosen ? `${count} ${done}.` : `${count} of ${chosen} ${done}; the others were no dead letters any more.`,
  );
  return 0;
}

function sum(causes: readonly DeadLetterCause[]): number {
  return causes.reduce((total, { count }) => total + count, 0);
}

interface DeadFlags {
  readonly strategy?: string;
  readonly key?: string;
  readonly code?: string;
  readonly state?: "dead" | "held";
  readonly olderThan?: number;
}

export const registerDead: Register = (program, { within }) => {
  const dead = program.command("dead").description("dead letters, and what is held for a person");
  filtered(dead.command("list"))
    .description("the oldest first")
    .option("--limit <count>", "at most so many", wholeNumber, 100)
    .action(({ limit, ...flags }) => within((context) => listDead(context, filterOf(flags), limit)));
  filtered(dead.command("causes"))
    .description("how many died of what, the most frequent first")
    .action((flags) => within((context) => deadCauses(context, filterOf(flags))));
  dead
    .command("show <id>")
    .description("one of them, in whole")
    .action((id) => within((context) => showDead(context, id)));
  for (const what of ["requeue", "discard"] as const)
    acting(filtered(dead.command(`${what} [ids...]`)))
      .description(what === "requeue" ? "send them again, with fresh attempts" : "forget them, for good")
      .option("-y, --yes", "without asking", false)
      .action((ids, { yes, by, reason, ...flags }) =>
        within((context) =>
          changeDead(context, what, ids, filterOf(flags), { isSure: yes, note: noteOf({ by, reason }) }),
        ),
      );
};

function filtered(command: Command): Command {
  return command
    .option("--strategy <name>", "of this strategy")
    .option("--key <text>", "whose key's text has this in it")
    .option("--code <code>", "with this code or kind of failure")
    .addOption(new Option("--state <state>", "dead, or held for a person").choices(["dead", "held"]))
    .option("--older-than <time>", "died longer ago: 90s, 15m, 2h, 3d", duration);
}

function filterOf({ olderThan, ...flags }: DeadFlags): DeadLetterFilter {
  const { strategy, key, code, state } = flags;
  const isKind = (failureKinds as readonly string[]).includes(code ?? "");
  return {
    ...(strategy === undefined ? {} : { strategy }),
    ...(key === undefined ? {} : { key }),
    ...(code === undefined ? {} : isKind ? { kind: code } : { code }),
    ...(state === undefined ? {} : { state }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
  };
}
