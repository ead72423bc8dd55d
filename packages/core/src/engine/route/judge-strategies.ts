import type { Problem } from "../../model/problem.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { CheckedStrategies, InvalidStrategy, Origin } from "../../stores/load-strategies.ts";

/**
 * Which of the loaded strategies can work, and which cannot.
 *
 * @param check what is wrong with one beyond its own form. Never throws.
 */
export function judgeStrategies(
  { strategies, invalid, disabled, origins }: CheckedStrategies,
  check: (strategy: Strategy) => readonly Problem[],
): { readonly sound: ReadonlyMap<string, Strategy>; readonly broken: readonly InvalidStrategy[] } {
  const broken = [...invalid];
  const sound = new Map<string, Strategy>();
  for (const [name, strategy] of strategies) {
    const found = [...check(strategy), ...shadowProblems(strategy, strategies, [...invalid, ...disabled])];
    if (found.length === 0) sound.set(name, strategy);
    else broken.push(brokenAt(strategy, found, origins.get(name)));
  }
  return { sound, broken };
}

export function isSame(one: Strategy, other: Strategy): boolean {
  return one.map === other.map && JSON.stringify(one) === JSON.stringify(other);
}

/** A name that is mistyped would be a comparison with nothing. */
function shadowProblems(
  { name, category, shadowOf }: Strategy,
  strategies: ReadonlyMap<string, Strategy>,
  waiting: readonly { readonly name: string }[],
): readonly Problem[] {
  if (shadowOf === undefined || waiting.some((each) => each.name === shadowOf)) return [];
  const live = strategies.get(shadowOf);
  if (live !== undefined && shadowOf !== name && live.mode === "live" && live.category.name === category.name)
    return [];
  return [{ at: "shadowOf", message: `"${shadowOf}" is no live strategy of the category "${category.name}".` }];
}

/** What only its parts can judge of it is wrong. */
function brokenAt(strategy: Strategy, problems: readonly Problem[], origin: Origin | undefined): InvalidStrategy {
  const { name, category, coalesce } = strategy;
  const broken = { name, source: name, category: category.name, coalesce, problems };
  if (origin?.place === undefined) return broken;
  const { source, place, keepsLast = false } = origin;
  return { ...broken, source, keepsLast, problems: problems.map(({ at, message }) => ({ at: place(at), message })) };
}
