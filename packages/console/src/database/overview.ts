import type { Health, LaneStatus, PipelineStatus, StrategyStatus, StrategySummary } from "@syncline/core";
import type { Level, StrategyRow } from "../api/shapes.ts";

export interface Look {
  readonly status: PipelineStatus;
  /** `undefined`: they could not be loaded. */
  readonly strategies: readonly StrategySummary[] | undefined;
  readonly unloaded: unknown;
}

/** Of a health problem's part. */
const prefix = "strategy ";

const nothing: Omit<StrategyStatus, "strategy"> = {
  due: 0,
  blocked: 0,
  waiting: 0,
  leased: 0,
  dead: 0,
  held: 0,
  oldestAgeMs: 0,
  paused: false,
};

/** Every strategy that is in force, or has anything left, by name. */
export function rowsOf(
  { status, strategies = [] }: Look,
  health: Health,
  lanes: readonly LaneStatus[],
): readonly StrategyRow[] {
  const laneOf = new Map(lanes.map((lane) => [lane.strategy, lane]));
  const backlogs = new Map(status.strategies.map((each) => [each.strategy, each]));
  const summaries = new Map(strategies.map((each) => [each.name, each]));
  const problemsOf = (part: string) => health.problems.filter((each) => each.part === part);
  const invalid = health.problems.flatMap(({ part }) => (part.startsWith(prefix) ? [part.slice(prefix.length)] : []));
  const names = new Set([...summaries.keys(), ...backlogs.keys(), ...invalid]);
  return [...names].sort().map((name) => {
    const { strategy: _, ...backlog } = backlogs.get(name) ?? { strategy: name, ...nothing };
    const summary = summaries.get(name);
    const found = [
      ...problemsOf(`${prefix}${name}`),
      ...(summary === undefined ? [] : problemsOf(`downstream ${summary.downstream}`)),
    ];
    const row = {
      ...backlog,
      name,
      category: summary?.category ?? null,
      downstream: summary?.downstream ?? null,
      mode: summary?.mode ?? null,
      shadowOf: summary?.shadowOf ?? null,
      disabled: backlog.disabled ?? false,
      stranded: backlog.stranded ?? false,
      problems: found,
      lane: laneOf.get(name) ?? null,
    };
    return { ...row, level: levelOf(row), why: whyOf(row) };
  });
}

type Judged = Omit<StrategyRow, "level" | "why">;

function levelOf({ problems, stranded, dead, held, paused, disabled }: Judged): Level {
  if (stranded || problems.some(({ severity }) => severity === "error")) return "error";
  if (paused || disabled) return "paused";
  return problems.length > 0 || dead > 0 || held > 0 ? "warn" : "ok";
}

function whyOf({ mode, problems, stranded, dead, held, paused, disabled }: Judged): readonly string[] {
  return [
    ...(mode === "shadow" ? ["shadow"] : []),
    ...(paused ? ["paused"] : []),
    ...(disabled ? ["disabled"] : []),
    ...(stranded ? ["stranded"] : []),
    ...new Set(problems.map(({ code }) => code)),
    ...(dead > 0 ? [`${dead.toLocaleString("en")} dead`] : []),
    ...(held > 0 ? [`${held.toLocaleString("en")} held`] : []),
  ];
}

export function totalsOf({ status }: Look) {
  const sum = (of: (each: StrategyStatus) => number) => status.strategies.reduce((all, each) => all + of(each), 0);
  return {
    changes: status.changes,
    oldestChangeAgeMs: status.oldestChangeAgeMs,
    refused: status.refused,
    due: sum(({ due, blocked }) => due + blocked),
    waiting: sum(({ waiting }) => waiting),
    leased: sum(({ leased }) => leased),
    dead: sum(({ dead }) => dead),
    held: sum(({ held }) => held),
    oldestAgeMs: status.strategies.reduce((most, { oldestAgeMs }) => Math.max(most, oldestAgeMs), 0),
  };
}

export function levelsOf(rows: readonly StrategyRow[]): { readonly [Name in Level]: number } {
  const counts = { ok: 0, warn: 0, error: 0, paused: 0 };
  for (const { level } of rows) counts[level] += 1;
  return counts;
}
