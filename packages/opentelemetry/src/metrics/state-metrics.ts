import type { Pipeline, PipelineStatus } from "@syncline/core";
import type { Figures } from "./backlog-figures.ts";
import { backlog, process } from "./definitions.ts";
import { Counter, type Metric, type Point } from "./series.ts";

type Source = Pick<Pipeline, "health" | "lanes">;

const healthValues = { ok: 0, paused: 1, warn: 2, error: 3 } as const;
const circuitValues = { closed: 0, "half-open": 1, open: 2 } as const;

/** What a process and its database know now. `figures`: `undefined`: nobody asks for them here. */
export function stateMetrics(pipeline: Source, figures: Figures | undefined): readonly Metric<Point>[] {
  const known = figures?.isKnown === true ? figures : undefined;
  return [
    ...lanes(pipeline),
    ...health(pipeline, known?.status),
    ...(figures === undefined ? [] : [gauge(backlog.read, (add) => add(figures.isKnown ? 1 : 0))]),
    ...(known === undefined ? [] : [gauge(backlog.age, (add) => add(known.ageMs / 1_000)), ...waiting(known.status)]),
  ];
}

function lanes(pipeline: Source): readonly Metric<Point>[] {
  const all = pipeline.lanes();
  return [
    gauge(process.circuit, (add) => {
      for (const { strategy, downstream, circuit } of all) add(circuitValues[circuit], strategy, downstream);
    }),
    gauge(process.lane, (add) => {
      for (const { strategy, ...lane } of all)
        for (const state of ["reading", "ready", "sending"] as const) add(lane[state], strategy, state);
    }),
    gauge(process.calls, (add) => {
      for (const { strategy, calls } of all) add(calls, strategy);
    }),
  ];
}

/**
 * One series for each strategy that this process has or the database knows of, each downstream, and
 * what else has a problem. What another process has is ok here as long as it is neither paused nor
 * stranded: that one says what it knows, and the highest counts.
 */
function health(pipeline: Source, status: PipelineStatus | undefined): readonly Metric<Point>[] {
  const { ready, problems } = pipeline.health();
  const values = new Map<string, number>();
  const atLeast = (part: string, value: number) => values.set(part, Math.max(values.get(part) ?? 0, value));
  for (const part of ["database", "dispatch"]) atLeast(part, healthValues.ok);
  for (const { strategy, downstream } of pipeline.lanes()) {
    atLeast(`strategy ${strategy}`, healthValues.ok);
    atLeast(`downstream ${downstream}`, healthValues.ok);
  }
  for (const { strategy, paused, disabled, stranded } of status?.strategies ?? []) {
    const value = stranded === true ? "warn" : paused || disabled === true ? "paused" : "ok";
    atLeast(`strategy ${strategy}`, healthValues[value]);
  }
  for (const { part, severity } of problems) atLeast(part, healthValues[severity]);
  return [
    gauge(process.ready, (add) => add(ready ? 1 : 0)),
    gauge(process.health, (add) => {
      for (const [part, value] of values) add(value, ...entityOf(part));
    }),
    gauge(process.problem, (add) => {
      for (const { part, code } of problems) add(1, ...entityOf(part), code);
    }),
  ];
}

/** `strategy crm-orders`: its type and its name; `database`: a type alone. */
function entityOf(part: string): readonly [type: string, name: string] {
  const at = part.indexOf(" ");
  return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
}

const deliveryStates = ["due", "blocked", "waiting", "leased", "dead", "held"] as const;

function waiting({ changes, oldestChangeAgeMs, refused, strategies }: PipelineStatus): readonly Metric<Point>[] {
  return [
    gauge(backlog.changes, (add) => add(changes)),
    gauge(backlog.oldestChange, (add) => add(oldestChangeAgeMs / 1_000)),
    gauge(backlog.refused, (add) => add(refused)),
    gauge(backlog.deliveries, (add) => {
      for (const { strategy, ...counts } of strategies)
        for (const state of deliveryStates) add(counts[state], strategy, state);
    }),
    gauge(backlog.oldest, (add) => {
      for (const { strategy, oldestAgeMs } of strategies) add(oldestAgeMs / 1_000, strategy);
    }),
  ];
}

function gauge(
  definition: (typeof process)[keyof typeof process] | (typeof backlog)[keyof typeof backlog],
  fill: (add: (value: number, ...values: readonly string[]) => void) => void,
): Metric<Point> {
  const series = new Counter(definition);
  fill((value, ...values) => {
    series.at(...values).value = value;
  });
  return { definition, points: series.points };
}
