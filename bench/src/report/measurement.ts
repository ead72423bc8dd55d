/** What one run of one contender gave. */
export interface Measurement {
  readonly contender: string;
  /** By name, unit included; `undefined` where it cannot be measured here. */
  readonly values: { readonly [metric: string]: number | undefined };
}

/** The metric for how much of the machine neither we nor idleness used. */
export const strangers = "strangers %";

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
  /** One list per repeat, in the order of running. */
  readonly repeats: readonly (readonly Measurement[])[];
  readonly notes: readonly string[];
}
