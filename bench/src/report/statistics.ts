import type { ScenarioReport } from "./measurement.ts";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Summary {
  readonly contender: string;
  readonly metrics: { readonly [metric: string]: Spread | undefined };
  /** Of the leading metric, to the baseline's in the same repeat. */
  readonly ratio: Spread | undefined;
}

/** Shares of a sorted list, by nearest rank. `undefined` for an empty one. */
export function percentile(sorted: ArrayLike<number>, share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const middle = sorted.length / 2;
  const lower = sorted[Math.ceil(middle) - 1] ?? min;
  const upper = sorted[Math.floor(middle)] ?? max;
  return { median: (lower + upper) / 2, min, max };
}

export function summarise(report: ScenarioReport): readonly Summary[] {
  const contenders = report.repeats[0]?.map(({ contender }) => contender) ?? [];
  return contenders.map((contender) => {
    const runs = report.repeats.flatMap((repeat) => repeat.filter((each) => each.contender === contender));
    const names = Object.keys(runs[0]?.values ?? {});
    return {
      contender,
      metrics: Object.fromEntries(
        names.map((name) => [name, spread(runs.flatMap(({ values }) => values[name] ?? []))]),
      ),
      ratio: report.baseline === undefined ? undefined : spread(ratios(report, contender, report.baseline)),
    };
  });
}

/** Within a repeat, so that what slowed the whole machine falls out. */
function ratios(report: ScenarioReport, contender: string, baseline: string): readonly number[] {
  return report.repeats.flatMap((repeat) => {
    const of = (name: string) => repeat.find((each) => each.contender === name)?.values[report.leading];
    const own = of(contender);
    const base = of(baseline);
    return own === undefined || base === undefined ? [] : [own / base];
  });
}
