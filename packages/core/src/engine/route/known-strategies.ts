import type { Problem } from "../../model/problem.ts";
import type { LaneSet } from "./lane-set.ts";

/** The strategies of one category, by how they stand. */
export interface KnownStrategies {
  readonly sound: readonly string[];
  readonly invalid: ReadonlyMap<string, readonly Problem[]>;
  readonly disabled: readonly string[];
}

export function strategiesOf(
  category: string,
  { inForce, invalid, switchedOff }: Pick<LaneSet, "inForce" | "invalid" | "switchedOff">,
): KnownStrategies {
  const isOfIt = (each: { readonly category: string | undefined }) => each.category === category;
  return {
    sound: inForce.flatMap(({ strategy }) => (strategy.category.name === category ? [strategy.name] : [])),
    invalid: new Map(invalid.filter(isOfIt).map(({ name, problems }) => [name, problems])),
    disabled: switchedOff.filter(isOfIt).map(({ name }) => name),
  };
}
