import { randomUUID } from "node:crypto";
import { type Pipeline, type StrategySummary, TOKENS } from "@syncline/core";
import type { Address } from "../address.ts";
import { type Context, makeSure, visibleLines } from "../context.ts";
import { describeCall } from "../dev/describe-call.ts";
import { inspectCalls } from "../dev/inspect-calls.ts";
import { LastCalls } from "../dev/last-calls.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { fired } from "../fired.ts";
import type { Register } from "../registration.ts";
import { address } from "../values.ts";
import { consolePort, mayOpenConsole, openConsole } from "./console.ts";

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
  /** Where the web console is served. `undefined`: where there is room, if somebody sits there. `false`: not. */
  readonly console: Address | false | undefined;
}

const stopMs = 5_000;

/** Works, and shows each call; without `live`, none leaves the machine. */
export async function dev(context: Context, options: DevOptions): Promise<ExitCode> {
  const { pipeline, terminal, json } = context;
  const say = (text: string) => terminal.printError(visibleLines(text));
  const downstreams = new Map<string, string>();
  const calls = new LastCalls(options.live);
  inspectCalls(pipeline, options.live, (call) => {
    calls.add(call, downstreams.get(call.strategy));
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
  const console = await openAnyConsole(context, options.console, calls);
  try {
    await work(context, strategies, options.live, say);
  } finally {
    await pipeline.stop({ timeoutMs: stopMs });
    await console?.close();
  }
  return 0;
}

async function work(
  { pipeline, terminal }: Context,
  strategies: readonly StrategySummary[],
  isLive: boolean,
  say: (text: string) => void,
): Promise<void> {
  await pipeline.start();
  const names = strategies.map(({ name }) => name).join(", ");
  say(
    `${strategies.length === 0 ? "There is no strategy yet." : `Watching for ${names}.`} ${
      isLive ? "Calls go out." : "Calls are shown and recorded here; nothing is sent."
    } Ctrl-C ends it.`,
  );
  await fired(terminal.signal);
}

/** Another pipeline's may have the usual port: then any that is free will do. */
async function openAnyConsole({ pipeline, terminal }: Context, where: DevOptions["console"], calls: LastCalls) {
  if (where === false || (where === undefined && !mayOpenConsole(terminal))) return undefined;
  if (where !== undefined) return await openConsole(pipeline, where, terminal, calls);
  const host = "127.0.0.1";
  return await openConsole(pipeline, { host, port: Number(consolePort) }, terminal, calls).catch(() =>
    openConsole(pipeline, { host, port: 0 }, terminal, calls),
  );
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
    .option(
      "--console [port]",
      "serve the web console, with a page of the calls, on this port (default: 9091)",
      address,
    )
    .option("--no-console", "serve none; without either, there is one where somebody sits at the terminal")
    .option("-y, --yes", "without asking", false)
    .action(({ console: given, ...options }) => {
      const console = given === true ? address(consolePort) : given;
      return within((context) => dev(context, { ...options, console }), { inOrder: true });
    });
};
