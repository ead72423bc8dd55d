import type { ReadPlans } from "../engine/read/read-plans.ts";
import { isSynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";

/** Strategies that are asked about at once. */
const width = 4;

/**
 * What the database finds wrong with the keys of these strategies' templates.
 *
 * @param failed told of each strategy of which the database does not say it.
 * @param placeOf where an option of a strategy stands.
 */
export async function describeStrategies(
  plans: ReadPlans,
  strategies: readonly Strategy[],
  signal: AbortSignal,
  failed: (error: unknown, strategy: string) => void,
  placeOf = (strategy: string, option: string) => `strategies.${strategy}.${option}`,
): Promise<readonly Problem[]> {
  const waiting = [...strategies];
  const problems: Problem[] = [];
  const askNext = async (): Promise<void> => {
    for (let strategy = waiting.shift(); strategy !== undefined; strategy = waiting.shift()) {
      const { name } = strategy;
      const description = await plans.describe(strategy, signal).catch((error) => failed(error, name));
      for (const { at, message } of description?.problems ?? []) {
        problems.push({ at: placeOf(name, at), message });
      }
    }
  };
  await Promise.all(Array.from({ length: width }, askNext));
  return problems;
}

/**
 * Tells once of each failure that is no template's own, and that does not pass by itself, such as a
 * reading role that is missing: the first read may come days later. What else the database cannot
 * say now (it is away, a table is not there yet) the read says, and nothing is read before.
 */
export function onceOfReader(tell: (error: unknown) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    if (!isSynclineError(error) || error.retryable || !isOfReader(error.code) || told.has(error.message)) return;
    told.add(error.message);
    tell(error);
  };
}

function isOfReader(code: string): boolean {
  return code !== "operation.aborted" && !code.startsWith("query.");
}
