import type { ScenarioReport, Target } from "./measurement.ts";
import { calmest, ratioSpread, type Spread, spread } from "./statistics.ts";
import { layOut, number } from "./table.ts";

export interface Verdict {
  readonly scenario: string;
  readonly target: Target;
  /** `undefined` where it could not be measured. */
  readonly seen: Spread | undefined;
  readonly met: boolean;
}

/** By the medians of the calmest repeats, as the tables are. */
export function judge(reports: readonly ScenarioReport[]): readonly Verdict[] {
  return reports.flatMap((report) =>
    (report.targets ?? []).map((target) => {
      const seen = look(report, target);
      const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target;
      const met = seen !== undefined && seen.median >= atLeast && seen.median <= atMost;
      return { scenario: report.scenario, target, seen, met };
    }),
  );
}

function look(report: ScenarioReport, { contender, metric, against }: Target): Spread | undefined {
  const repeats = calmest(report.repeats);
  if (against !== undefined) return ratioSpread(repeats, metric, contender, against);
  const runs = repeats.flatMap((repeat) => repeat.filter((each) => each.contender === contender));
  return spread(runs.flatMap(({ values }) => values[metric] ?? []));
}

export function targetsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ scenario, target, seen, met }) => [
    scenario,
    target.contender,
    `${target.metric} ${wanted(target)}`,
    seen === undefined ? "–" : number(seen.median),
    seen === undefined ? "–" : `${number(seen.min)}–${number(seen.max)}`,
    met ? "yes" : "no",
  ]);
  return layOut([["scenario", "contender", "wanted", "seen", "min–max", "met"], ...rows]);
}

function wanted({ atLeast, atMost, against }: Target): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${number(atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${number(atMost)}`]),
  ];
  return `${bounds.join(" and ")}${against === undefined ? "" : ` × ${against}'s`}`;
}
