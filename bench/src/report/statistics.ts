import { type Measurement, type ScenarioReport, strangers } from "./measurement.ts";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Summary {
  readonly contender: string;
  readonly metrics: { readonly [metric: string]: Spread | undefined };
  /** By metric, to the baseline's in the same repeat. */
  readonly ratios: { readonly [metric: string]: Spread | undefined };
  /** Of the limit's leading metric, from 0 to 1 and above. */
  readonly share: Spread | undefined;
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
  const repeats = calmest(report.repeats);
  const contenders = repeats[0]?.map(({ contender }) => contender) ?? [];
  return contenders.map((contender) => {
    const runs = repeats.flatMap((repeat) => repeat.filter((each) => each.contender === contender));
    const metrics = Object.keys(runs[0]?.values ?? {});
    const { compared, baseline, leading, limit } = report;
    return {
      contender,
      share: limit === undefined ? undefined : ratioSpread(repeats, leading, contender, limit),
      metrics: Object.fromEntries(
        metrics.map((name) => [name, spread(runs.flatMap(({ values }) => values[name] ?? []))]),
      ),
      ratios: Object.fromEntries(
        compared.map((name) => [
          name,
          baseline === undefined ? undefined : ratioSpread(repeats, name, contender, baseline),
        ]),
      ),
    };
  });
}

/** The half of the repeats, and the middle one, whose worst run shared the machine least with strangers. */
export function calmest(repeats: readonly Repeat[]): readonly Repeat[] {
  const worst = (repeat: Repeat) => Math.max(0, ...repeat.map(({ values }) => values[strangers] ?? 0));
  return [...repeats].sort((a, b) => worst(a) - worst(b)).slice(0, Math.ceil(repeats.length / 2));
}

type Repeat = readonly Measurement[];

/** Within each repeat, so that what slowed the whole machine falls out. `undefined` where one of the two did not run. */
export function ratioSpread(
  repeats: readonly Repeat[],
  metric: string,
  contender: string,
  baseline: string,
): Spread | undefined {
  const ratios = repeats.flatMap((repeat) => {
    const of = (name: string) => repeat.find((each) => each.contender === name)?.values[metric];
    const own = of(contender);
    const base = of(baseline);
    return own === undefined || base === undefined ? [] : [own / base];
  });
  return spread(ratios);
}
