import { setTimeout as sleep } from "node:timers/promises";
import type { PipelineStatus, StrategyStatus } from "@syncline/core";
import { answer, type Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";
import { type Column, table } from "../table.ts";
import { showDuration } from "../times.ts";

/** How much waits, and how long. @param everyMs again and again, until it is told to end. */
export async function status(context: Context, everyMs: number | undefined): Promise<ExitCode> {
  const { pipeline, terminal } = context;
  for (;;) {
    const found = await pipeline.status();
    answer(context, found, () => describeStatus(found));
    if (everyMs === undefined) return 0;
    await sleep(everyMs, undefined, { signal: terminal.signal }).catch(() => {});
    if (terminal.signal.aborted) return 0;
    if (!context.json) terminal.print("");
  }
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
