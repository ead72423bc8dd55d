import { randomUUID } from "node:crypto";
import { type Pipeline, TOKENS } from "@syncline/core";
import { type Context, makeSure, visibleLines } from "../context.ts";
import { describeCall } from "../dev/describe-call.ts";
import { inspectCalls } from "../dev/inspect-calls.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { fired } from "../fired.ts";
import type { Register } from "../registration.ts";

export interface DevOptions {
  /** Make or upgrade the tables first. */
  readonly migrate: boolean;
  /** Make triggers for the categories that name a source. */
  readonly capture: boolean;
  /** Calls go out. */
  readonly live: boolean;
  /** Bodies are shown in whole. */
  readonly full: boolean;
  readonly yes: boolean;
}

const stopMs = 5_000;

/** Works, and shows each call; without `live`, none leaves the machine. */
export async function dev(context: Context, options: DevOptions): Promise<ExitCode> {
  const { pipeline, terminal, json } = context;
  const say = (text: string) => terminal.printError(visibleLines(text));
  const downstreams = new Map<string, string>();
  inspectCalls(pipeline, options.live, (call) => {
    if (json) terminal.print(JSON.stringify(call));
    else terminal.print(`${visibleLines(describeCall(call, downstreams.get(call.strategy), options.full))}\n`);
  });
  await prepareTables(context, options, say);
  const strategies = await pipeline.strategies();
  for (const { name, downstream } of strategies) downstreams.set(name, downstream);
  if (!options.live) {
    await refuseBesideWorkers(context, [...downstreams.keys()]);
    await confirmBacklog(context, options.yes);
  }
  await prepareCapture(pipeline, options.capture, say);
  pipeline.on("absent", ({ strategy, keys }) =>
    say(`${strategy}: no row for ${keys.join(", ")}, and it skips such keys`),
  );
  await pipeline.start();
  const names = strategies.map(({ name }) => name).join(", ");
  say(
    `${strategies.length === 0 ? "There is no strategy yet." : `Watching for ${names}.`} ${
      options.live ? "Calls go out." : "Calls are shown and recorded here; nothing is sent."
    } Ctrl-C ends it.`,
  );
  await fired(terminal.signal);
  await pipeline.stop({ timeoutMs: stopMs });
  return 0;
}

async function prepareTables(
  context: Context,
  { migrate, yes }: DevOptions,
  say: (text: string) => void,
): Promise<void> {
  const { pipeline, terminal } = context;
  const problem = await pipeline.container.get(TOKENS.DatabaseSession).checkSchema(terminal.signal);
  if (problem === undefined) return;
  if (!migrate) {
    if (!terminal.isInteractive && !yes)
      throw new Refusal(`${problem} Make them with --migrate, or with syncline migrate.`);
    await makeSure(context, "Syncline's tables are not there, or are of an older version. Make them?", yes);
  }
  const { applied } = await pipeline.migrate();
  if (applied.length > 0) say(`Syncline's tables were made: ${applied.join(", ")}.`);
}

/** Whoever works here for real would have to share its deliveries with us, who send none. */
async function refuseBesideWorkers({ pipeline, terminal }: Context, own: readonly string[]): Promise<void> {
  const { strandedWork } = pipeline.container.get(TOKENS.DatabaseSession);
  const others = (await strandedWork?.attend(randomUUID(), [], 1, terminal.signal)) ?? [];
  const shared = own.filter((name) => others.includes(name));
  if (shared.length === 0) return;
  throw new Refusal(
    `A worker delivers from this database: it has ${shared.join(", ")}, and dev would take its deliveries without sending them. ` +
      "Use a database of your own, or stop that worker and wait for some minutes; --live works beside it.",
  );
}

async function confirmBacklog(context: Context, isSure: boolean): Promise<void> {
  const { changes, strategies } = await context.pipeline.status();
  const waiting = strategies.reduce(
    (sum, { due, waiting, blocked, leased }) => sum + due + waiting + blocked + leased,
    0,
  );
  if (changes + waiting === 0) return;
  await makeSure(
    context,
    `${changes} changes and ${waiting} deliveries wait here already. dev takes them for delivered, and sends nothing: go on?`,
    isSure,
  );
}

async function prepareCapture(pipeline: Pipeline, wanted: boolean, say: (text: string) => void): Promise<void> {
  if (pipeline.container.get(TOKENS.DatabaseSession).capture === undefined) return;
  for (const { name, source } of pipeline.container.get(TOKENS.Dictionary).values()) {
    if (source === undefined) continue;
    const { state } = await pipeline.capture.show(name);
    if (state === "installed") continue;
    if (wanted) {
      const { table, uncaptured } = await pipeline.capture.install(name);
      say(`Triggers record the changes of ${table} as ${name}; syncline capture remove ${name} takes them away.`);
      for (const sentence of uncaptured) say(`  Not captured: ${sentence}`);
    } else if (state === "drifted")
      say(`${name}: the triggers are not as they should be: syncline capture install ${name}`);
    else say(`${name}: no triggers, so that only what the application records is seen. --capture makes them.`);
  }
}

export const registerDev: Register = (program, { within }) => {
  program
    .command("dev")
    .description("work, and show each call; nothing leaves this machine, unless --live says so")
    .option("--migrate", "make or upgrade the tables first", false)
    .option("--capture", "make triggers that record changes, for each category with a source", false)
    .option("--live", "send the calls", false)
    .option("--full", "show bodies in whole", false)
    .option("-y, --yes", "without asking", false)
    .action((options) => within((context) => dev(context, options), { inOrder: true }));
};
