import type { InvalidStrategy } from "../../stores/load-strategies.ts";

/** An invalid strategy, and since when it is that: epoch milliseconds. */
export interface StandingInvalid extends InvalidStrategy {
  readonly since: number;
  /** What was in force under its name goes on. */
  readonly kept: boolean;
}

/** What was invalid before is so since then. */
export function standingInvalid(
  broken: readonly InvalidStrategy[],
  kept: ReadonlySet<string>,
  before: readonly StandingInvalid[],
): readonly StandingInvalid[] {
  const since = new Map(before.map((invalid) => [invalid.name, invalid.since]));
  return broken.map((invalid) => ({
    ...invalid,
    since: since.get(invalid.name) ?? Date.now(),
    kept: kept.has(invalid.name),
  }));
}
