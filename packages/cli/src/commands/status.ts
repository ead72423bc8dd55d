import { setTimeout as sleep } from "node:timers/promises";
import type { PipelineStatus, StrategyStatus } from "@syncline/core";
import { answer, type Context, visibleLines } from "../context.ts";
import { describeFailure, type ExitCode } from "../failure.ts";
import type { Register } from "../registration.ts";
import { type Column, table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { showDuration } from "../times.ts";
import { duration } from "../values.ts";

/** How much waits, and how long. @param everyMs again and again, until it is told to end. */
export async function status(context: Context, everyMs: number | undefined): Promise<ExitCode> {
  const { pipeline, terminal, json } = context;
  if (everyMs === undefined) {
    const found = await pipeline.status();
    answer(context, found, () => describeStatus(found));
    return 0;
  }
  while (!terminal.signal.aborted) {
    try {
      const found = await pipeline.status();
      // One document a line, for whoever reads along.
      if (json) terminal.print(JSON.stringify(found));
      else terminal.print(`${clearing(terminal)}${visibleLines(headed(describeStatus(found)))}\n`);
    } catch (error) {
      // A database that is away for a while is what somebody may be watching for.
      if (!terminal.signal.aborted) terminal.printError(visibleLines(headed(describeFailure(error))));
    }
    await sleep(everyMs, undefined, { signal: terminal.signal }).catch(() => {});
  }
  return 0;
}

/** On a screen, each time in the same place. */
function clearing({ isInteractive }: Terminal): string {
  return isInteractive ? "\u001b[H\u001b[2J" : "";
}

function headed(text: string): string {
  return `${new Date().toISOString().slice(11, 19)} UTC\n${text}`;
}

const columns: readonly Column<StrategyStatus>[] = [
  { title: "STRATEGY", of: ({ strategy }) => strategy },
  { title: "STATE", of: stateOf },
  { title: "DUE", of: ({ due }) => due, right: true },
  { title: "WAITING", of: ({ waiting }) => waiting, right: true },
  { title: "BLOCKED", of: ({ blocked }) => blocked, right: true },
  { title: "LEASED", of: ({ leased }) => leased, right: true },
  { title: "DEAD", of: ({ dead }) => dead, right: true },
  { title: "HELD", of: ({ held }) => held, right: true },
  { title: "OLDEST", of: ({ oldestAgeMs }) => (oldestAgeMs === 0 ? "-" : showDuration(oldestAgeMs)), right: true },
];

function stateOf({ paused, stranded, disabled }: StrategyStatus): string {
  return stranded === true ? "stranded" : disabled === true ? "disabled" : paused ? "paused" : "-";
}

export function describeStatus({ changes, oldestChangeAgeMs, refused, strategies }: PipelineStatus): string {
  const oldest = changes > 0 ? `, the oldest ${showDuration(oldestChangeAgeMs)} old` : "";
  return [
    `Changes not yet dispatched: ${changes}${oldest}. Refused, since they fit no category: ${refused}.`,
    strategies.length === 0 ? "No strategy has anything to deliver." : table(columns, strategies),
  ].join("\n");
}

export const registerStatus: Register = (program, { within }) => {
  program
    .command("status")
    .description("how much waits for each strategy, and how long")
    .option("--watch [time]", "again and again", duration)
    .action(({ watch }) => within((context) => status(context, watch === true ? 2_000 : watch)));
};
