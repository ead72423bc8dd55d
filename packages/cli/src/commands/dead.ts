import type { Pipeline } from "@syncline/core";
import type { DeadLetter } from "@syncline/core/spi";
import { answer, type Context, makeSure } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { type Column, table } from "../table.ts";
import { showDuration } from "../times.ts";

/** Which dead letters. What is not given does not matter. */
export interface DeadFilter {
  readonly strategy?: string;
  /** Canonical text of the key, or a part of it. */
  readonly key?: string;
  /** Of the failure: `http.422`, or its kind. */
  readonly code?: string;
  readonly state?: "dead" | "held";
  /** Died longer ago than so many milliseconds, by this machine's clock. */
  readonly olderThanMs?: number;
}

/** As many as a page may have. */
const pageSize = 1_000;

const columns: readonly Column<DeadLetter>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "KEY", of: ({ key }) => key },
  { title: "STATE", of: ({ state }) => state },
  { title: "ATTEMPTS", of: ({ attempts }) => attempts, right: true },
  { title: "DIED", of: ({ diedAt }) => `${showDuration(Math.max(0, Date.now() - diedAt))} ago`, right: true },
  { title: "FAILURE", of: ({ failure: { kind, code } }) => `${kind}: ${code}` },
];

/** @param most of those that fit; the oldest first. */
export async function listDead(context: Context, filter: DeadFilter, most: number): Promise<ExitCode> {
  const found: DeadLetter[] = [];
  let more = false;
  for await (const letter of lettersOf(context.pipeline, filter)) {
    more = found.length >= most;
    if (more) break;
    found.push(letter);
  }
  answer(context, { items: found, more }, () => {
    if (found.length === 0) return "There is no such dead letter.";
    return [table(columns, found), ...(more ? [`There are more: these are the first ${most}. See --limit.`] : [])].join(
      "\n",
    );
  });
  return 0;
}

interface Cause {
  readonly strategy: string;
  readonly state: string;
  readonly code: string;
  readonly message: string;
  count: number;
  readonly oldest: number;
  readonly key: string;
}

const causeColumns: readonly Column<Cause>[] = [
  { title: "COUNT", of: ({ count }) => count, right: true },
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "STATE", of: ({ state }) => state },
  { title: "FAILURE", of: ({ code }) => code },
  { title: "OLDEST", of: ({ oldest }) => `${showDuration(Math.max(0, Date.now() - oldest))} ago`, right: true },
  { title: "ONE OF ITS KEYS", of: ({ key }) => key },
  { title: "MESSAGE", of: ({ message }) => message },
];

/** What they died of, the most frequent first: messages that differ in digits alone are one cause. */
export async function deadCauses(context: Context, filter: DeadFilter): Promise<ExitCode> {
  const causes = new Map<string, Cause>();
  for await (const { strategy, state, key, diedAt, failure } of lettersOf(context.pipeline, filter)) {
    const cause = [strategy, state, failure.code, failure.message.replaceAll(/\d+/g, "#")].join("\n");
    const known = causes.get(cause);
    if (known !== undefined) known.count += 1;
    else
      causes.set(cause, {
        strategy,
        state,
        key,
        code: failure.code,
        message: failure.message,
        count: 1,
        oldest: diedAt,
      });
  }
  const found = [...causes.values()].sort((one, other) => other.count - one.count);
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

/**
 * Requeues or discards: by ids, or whatever fits the filter when it is run. In portions, each of
 * them a transaction of its own; broken off, it can be run again.
 */
export async function changeDead(
  context: Context,
  what: "requeue" | "discard",
  ids: readonly string[],
  filter: DeadFilter,
  isSure: boolean,
): Promise<ExitCode> {
  const { pipeline, terminal } = context;
  const hasFilter = Object.values(filter).some((value) => value !== undefined);
  if (ids.length > 0 && hasFilter)
    throw new Refusal("Name ids, or say which by --strategy, --code and so on; not both.", 2);
  if (ids.length === 0 && !hasFilter)
    throw new Refusal("Name ids, or say which: --strategy, --key, --code, --state, --older-than.", 2);
  const chosen = ids.length > 0 ? [...ids] : await idsOf(pipeline, filter);
  const verb = what === "requeue" ? "Send" : "Forget, for good,";
  if (chosen.length > 0)
    await makeSure(context, `${verb} ${chosen.length} dead letters${what === "requeue" ? " again" : ""}?`, isSure);
  let count = 0;
  for (let at = 0; at < chosen.length && !terminal.signal.aborted; at += pageSize)
    count += await pipeline.deadLetters[what]({ ids: chosen.slice(at, at + pageSize) });
  const done = what === "requeue" ? "due again now, with fresh attempts" : "forgotten";
  answer(context, { chosen: chosen.length, [`${what === "requeue" ? "requeued" : "discarded"}`]: count }, () =>
    count === chosen.length
      ? `${count} ${done}.`
      : `${count} of ${chosen.length} ${done}; the others were no dead letters any more.`,
  );
  return 0;
}

async function idsOf(pipeline: Pipeline, filter: DeadFilter): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of lettersOf(pipeline, filter)) ids.push(id);
  return ids;
}

async function* lettersOf(pipeline: Pipeline, filter: DeadFilter): AsyncGenerator<DeadLetter> {
  const { strategy } = filter;
  const died = filter.olderThanMs === undefined ? undefined : Date.now() - filter.olderThanMs;
  let after: string | undefined;
  do {
    const page = await pipeline.deadLetters.list({
      limit: pageSize,
      ...(strategy === undefined ? {} : { strategy }),
      ...(after === undefined ? {} : { after }),
    });
    for (const letter of page.items) if (fits(letter, filter, died)) yield letter;
    after = page.next;
  } while (after !== undefined);
}

function fits({ key, state, failure, diedAt }: DeadLetter, filter: DeadFilter, died: number | undefined): boolean {
  return (
    (filter.key === undefined || key.includes(filter.key)) &&
    (filter.code === undefined || failure.code === filter.code || failure.kind === filter.code) &&
    (filter.state === undefined || state === filter.state) &&
    (died === undefined || diedAt <= died)
  );
}
