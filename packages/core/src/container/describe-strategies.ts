import type { ReadPlans } from "../engine/read/read-plans.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";

/** Strategies that are asked about at once. */
const width = 4;

/**
 * What the database finds wrong with the keys of these strategies' templates. What it cannot say
 * now (it is away, a table is not there yet) is no problem here: the read says it, and nothing is
 * read before.
 */
export async function describeStrategies(
  plans: ReadPlans,
  strategies: readonly Strategy[],
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const waiting = [...strategies];
  const problems: Problem[] = [];
  const askNext = async (): Promise<void> => {
    for (let strategy = waiting.shift(); strategy !== undefined; strategy = waiting.shift()) {
      const { name } = strategy;
      const description = await plans.describe(strategy, signal).catch(() => undefined);
      for (const { at, message } of description?.problems ?? []) {
        problems.push({ at: `strategies.${name}.${at}`, message });
      }
    }
  };
  await Promise.all(Array.from({ length: width }, askNext));
  return problems;
}
