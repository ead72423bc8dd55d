/** What one run of one contender gave. */
export interface Measurement {
  readonly contender: string;
  /** The curve that it is a point of, where the scenario's chart has several. */
  readonly series?: string;
  /** By name, unit included; `undefined` where it cannot be measured here. */
  readonly values: { readonly [metric: string]: number | undefined };
}

/** The metric for how much of the machine neither we nor idleness used. */
export const strangers = "strangers %";

/** What we want of a contender: of its value, or of its ratio to another contender's within each repeat. */
export interface Target {
  readonly contender: string;
  readonly metric: string;
  readonly against?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A chart of curves: without it, bars of the leading metric are drawn. */
export interface Curves {
  /** The metric whose value is the place on the horizontal axis. */
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
}

export interface ScenarioReport {
  readonly scenario: string;
  readonly title: string;
  /** The metric whose spread is shown. */
  readonly leading: string;
  /** Metrics of which ratios to the baseline are made. */
  readonly compared: readonly string[];
  /** Further metrics for the table; the JSON has all. */
  readonly columns: readonly string[];
  /** The contender that ratios refer to. */
  readonly baseline: string | undefined;
  /** The contender that does the least that can be done: the others' leading metric is also given as a share of its. */
  readonly limit?: string;
  readonly targets?: readonly Target[];
  readonly curves?: Curves;
  /** One list per repeat, in the order of running. */
  readonly repeats: readonly (readonly Measurement[])[];
  readonly notes: readonly string[];
}
