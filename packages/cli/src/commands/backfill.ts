import { type BackfillPace, type BackfillReport, type DrivenBackfill, TOKENS } from "@syncline/core";
import type { OperatorNote } from "@syncline/core/spi";
import { answer, type Context, makeSure, visibleLines } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { acting, noteOf } from "../note.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";
import { showDuration } from "../times.ts";
import { positiveNumber, wholeNumber } from "../values.ts";

interface StartOptions extends BackfillPace {
  /** A SELECT of keys; `undefined`: all of the table that the category names. */
  readonly keys?: string | undefined;
  readonly isSure: boolean;
}

/** Begins a backfill, and drives it to its end. */
export async function backfill(
  context: Context,
  strategy: string,
  { keys, isSure, ...pace }: StartOptions,
  note: OperatorNote,
): Promise<ExitCode> {
  const which = keys === undefined ? "all keys of its category's table" : "the keys of the query";
  await makeSure(context, `Send ${which} to the strategy ${strategy}?`, isSure);
  const { capabilities } = context.pipeline.container.get(TOKENS.DatabaseAdapter);
  const source = keys === undefined ? {} : { keys };
  if (capabilities.backfills !== true) return await allAtOnce(context, strategy, keys, pace, note);
  return await drive(context, await context.pipeline.backfills.start(strategy, { ...source, ...pace }, note));
}

/** Where the database's adapter keeps no backfills. */
async function allAtOnce(
  context: Context,
  strategy: string,
  keys: string | undefined,
  pace: BackfillPace,
  note: OperatorNote,
): Promise<ExitCode> {
  if (Object.keys(pace).length > 0)
    throw new Refusal("This database's adapter keeps no backfills: all keys go at once, at no pace of yours.", 2);
  context.terminal.printError("This database's adapter keeps no backfills: all keys are recorded in one transaction.");
  const count = await context.pipeline.backfill(strategy, keys === undefined ? undefined : { keys }, note);
  answer(context, { recorded: count }, () => `${count} keys recorded for ${strategy}.`);
  return 0;
}

/** Goes on with one, here. */
export async function resumeBackfill(
  context: Context,
  id: string,
  pace: BackfillPace,
  note: OperatorNote,
): Promise<ExitCode> {
  return await drive(context, await context.pipeline.backfills.resume(id, pace, note));
}

const tellEveryMs = 2_000;

/** Tells of its progress on standard error. Who wants an end has it after the chunk under way. */
async function drive(context: Context, driven: DrivenBackfill): Promise<ExitCode> {
  const { pipeline, terminal, json } = context;
  const tell = (report: BackfillReport, waitsFor?: string) =>
    terminal.printError(json ? JSON.stringify(report) : visibleLines(describeProgress(report, waitsFor)));
  const end = () => void pipeline.stop({ timeoutMs: 2_000 });
  terminal.signal.addEventListener("abort", end, { once: true });
  const first = await pipeline.backfills.show(driven.id).catch(() => undefined);
  if (first !== undefined && !json) terminal.printError(visibleLines(describeBeginning(first)));
  let toldAt = performance.now();
  driven.onProgress(({ report, waitsFor }) => {
    if (report.state !== "running" || performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    tell(report, waitsFor);
  });
  if (terminal.signal.aborted) end();
  const report = await driven.ended.finally(() => terminal.signal.removeEventListener("abort", end));
  answer(context, report, () => describeEnd(report));
  return report.state === "done" && report.refused === 0 ? 0 : 1;
}

/** Which backfills there are, the newest first. */
export async function listBackfills(context: Context, limit: number): Promise<ExitCode> {
  const found = await context.pipeline.backfills.list({ limit });
  answer(context, found, () => (found.length === 0 ? "There is no backfill." : table(columns, found)));
  return 0;
}

export async function showBackfill(context: Context, id: string): Promise<ExitCode> {
  const report = await context.pipeline.backfills.show(id);
  answer(context, report, () => {
    const { strategy, keys, actor, reason, startedAt, chunk, rate, maxWaiting, error } = report;
    return [
      `${id}: ${strategy}, ${stateOf(report)}. ${describeProgress(report)}`,
      `Begun ${new Date(startedAt).toISOString()} by ${actor}${reason === null ? "" : `: ${reason}`}`,
      `Chunks of ${chunk}${rate === null ? "" : `, at most ${rate} keys/s`}${maxWaiting === null ? "" : `, waits while ${maxWaiting} wait`}.`,
      ...(report.byIndex === false ? [withoutIndex] : []),
      ...(error === null ? [] : [`Failed: ${error}`]),
      `Keys: ${keys}`,
      ...(report.state === "running" && !report.driven ? [`Nobody drives it: syncline backfill resume ${id}`] : []),
    ].join("\n");
  });
  return 0;
}

export async function endBackfill(
  context: Context,
  what: "pause" | "cancel",
  id: string,
  isSure: boolean,
  note: OperatorNote,
): Promise<ExitCode> {
  if (what === "cancel") await makeSure(context, `Cancel the backfill ${id}, for good?`, isSure);
  const report = await context.pipeline.backfills[what](id, note);
  answer(context, report, () => describeEnd(report));
  return 0;
}

const columns: readonly Column<BackfillReport>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "STATE", of: stateOf },
  { title: "DONE", of: ({ done }) => done, right: true },
  { title: "ESTIMATED TOTAL", of: ({ estimatedTotal }) => estimatedTotal ?? "-", right: true },
  { title: "REFUSED", of: ({ refused }) => refused, right: true },
  { title: "KEYS/S", of: ({ driven, keysPerSecond }) => (driven ? perSecond(keysPerSecond) : "-"), right: true },
  {
    title: "ESTIMATED LEFT",
    of: ({ estimatedLeftMs }) => (estimatedLeftMs === null ? "-" : showDuration(estimatedLeftMs)),
    right: true,
  },
  { title: "BY", of: ({ actor }) => actor },
];

function stateOf({ state, driven }: BackfillReport): string {
  return state === "running" && !driven ? "running, driven by nobody" : state;
}

function perSecond(rate: number | null): string {
  return rate === null ? "-" : rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

const withoutIndex = "No index has the order of the keys: each chunk reads and sorts all of them.";

function describeBeginning(report: BackfillReport): string {
  const { id, estimatedTotal, byIndex } = report;
  const total =
    estimatedTotal === null ? "nobody can tell how many keys" : `about ${estimatedTotal} keys (an estimate)`;
  return [`Backfill ${id}: ${total}.`, ...(byIndex === false ? [withoutIndex] : [])].join("\n");
}

function describeProgress(report: BackfillReport, waitsFor?: string): string {
  const { done, estimatedTotal, refused, keysPerSecond, estimatedLeftMs, driven } = report;
  return [
    estimatedTotal === null ? `${done} keys` : `${done} of about ${estimatedTotal} keys (an estimate)`,
    ...(refused > 0 ? [`${refused} rows refused`] : []),
    ...(driven && keysPerSecond !== null ? [`${perSecond(keysPerSecond)} keys/s`] : []),
    ...(estimatedLeftMs === null ? [] : [`about ${showDuration(estimatedLeftMs)} left`]),
    ...(waitsFor === undefined ? [] : [`waits for ${waitsFor}`]),
  ].join(", ");
}

function describeEnd({ id, state, strategy, done, refused, error }: BackfillReport): string {
  const rows = refused === 0 ? "" : ` ${refused} rows were refused: they have no key, or one that can be none.`;
  const so = `${done} keys recorded for ${strategy}.${rows}`;
  if (state === "done") return so;
  if (state === "cancelled") return `${so} The backfill ${id} is cancelled.`;
  const why = state === "failed" ? `failed: ${error ?? ""}` : state === "paused" ? "is paused." : "was broken off.";
  return `${so} The backfill ${id} ${why}\nGo on with it: syncline backfill resume ${id}`;
}

/** Flags that `backfill` itself has, too, are read by it: hence `optsWithGlobals` in its subcommands. */
export const registerBackfill: Register = (program, { within }) => {
  const inOrder = { inOrder: true };
  const command = acting(paced(program.command("backfill")))
    .argument("[strategy]")
    .description("send keys to one strategy: all of its category's table, or those of a query; chunk by chunk")
    .option("--keys <select>", "a SELECT whose columns are named as the category's fields")
    .option("-y, --yes", "without asking", false)
    .action((strategy, { keys, yes, rate, maxWaiting, chunk, ...by }) => {
      if (strategy === undefined) command.help({ error: true });
      const options = { keys, isSure: yes, ...paceOf({ rate, maxWaiting, chunk }) };
      return within((context) => backfill(context, strategy, options, noteOf(by)), inOrder);
    });
  command
    .command("list")
    .description("which there are, and how far; the newest first")
    .option("--limit <count>", "at most so many", wholeNumber, 20)
    .action(({ limit }) => within((context) => listBackfills(context, limit)));
  command
    .command("show <id>")
    .description("one of them, in whole")
    .action((id) => within((context) => showBackfill(context, id)));
  acting(paced(command.command("resume <id>")))
    .description("go on with one that is paused, has failed, or lost its process")
    .action((id, _, resume) => {
      const { rate, maxWaiting, chunk, ...by } = resume.optsWithGlobals();
      return within((context) => resumeBackfill(context, id, paceOf({ rate, maxWaiting, chunk }), noteOf(by)), inOrder);
    });
  for (const what of ["pause", "cancel"] as const)
    acting(command.command(`${what} <id>`))
      .description(what === "pause" ? "whoever drives it stops" : "end it for good; what is recorded is delivered")
      .option("-y, --yes", "without asking", false)
      .action((id, _, end) => {
        const { yes, ...by } = end.optsWithGlobals();
        return within((context) => endBackfill(context, what, id, yes, noteOf(by)));
      });
};

function paced<Of extends Parameters<typeof acting>[0]>(command: Of): Of {
  command
    .option("--rate <keys>", "keys per second, at most", positiveNumber)
    .option("--max-waiting <count>", "wait while so many keys of the strategy wait", wholeNumber)
    .option("--chunk <count>", "keys of one transaction, at most (default: 1000)", wholeNumber);
  return command;
}

function paceOf(given: { readonly [Name in keyof BackfillPace]: BackfillPace[Name] | undefined }): BackfillPace {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
