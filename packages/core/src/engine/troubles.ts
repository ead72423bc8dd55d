import type { Trouble } from "./call/circuit-breaker.ts";
import type { Downstream } from "./call/downstream.ts";
import type { StandingStranded, StrandedWatch } from "./poll/stranded-watch.ts";
import type { StandingCategory } from "./route/categories-in-force.ts";
import type { LaneSet } from "./route/lane-set.ts";
import type { StandingInvalid } from "./route/standing-invalid.ts";
import type { ParentWatch } from "./settle/parent-watch.ts";

/** What is not well now: of the state, not of a history. */
export interface Troubles {
  readonly invalid: readonly StandingInvalid[];
  readonly categories: readonly StandingCategory[];
  readonly stranded: readonly StandingStranded[];
  readonly lanes: readonly ({ readonly name: string } & Trouble)[];
  readonly downstreams: readonly ({ readonly name: string } & Trouble)[];
}

/** Of the strategies in force, and of the downstreams that they use. */
export function troublesOf(
  lanes: LaneSet,
  downstreams: ReadonlyMap<string, Downstream>,
  { stranded }: StrandedWatch,
  parents: ParentWatch,
): Troubles {
  const used = new Set(lanes.inForce.map(({ strategy }) => strategy.downstream));
  const told = (name: string, trouble: Trouble | undefined) => (trouble === undefined ? [] : [{ name, ...trouble }]);
  return {
    invalid: lanes.invalid,
    categories: lanes.categories.invalid,
    stranded,
    lanes: [...lanes.inForce.flatMap(({ strategy: { name }, trouble }) => told(name, trouble)), ...parents.troubles],
    downstreams: [...downstreams.values()]
      .filter(({ name }) => used.has(name))
      .flatMap(({ name, trouble }) => told(name, trouble)),
  };
}
