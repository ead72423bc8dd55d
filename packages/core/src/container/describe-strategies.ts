import type { ReadPlans } from "../engine/read/read-plans.ts";
import { isSynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";

/** Strategies that are asked about at once. */
const width = 4;

/**
 * What the database finds wrong with the keys of these strategies' templates. What it cannot say
 * now (it is away, a table is not there yet) is no problem here: the read says it, and nothing is
 * read before.
 *
 * @param tell told once of each failure that is no template's own, and that does not pass by
 *   itself, such as a reading role that is missing: the first read may come days later.
 */
export async function describeStrategies(
  plans: ReadPlans,
  strategies: readonly Strategy[],
  signal: AbortSignal,
  tell: (error: unknown) => void,
): Promise<readonly Problem[]> {
  const told = new Set<string>();
  const failed = (error: unknown): undefined => {
    if (!isSynclineError(error) || error.retryable || !isOfReader(error.code) || told.has(error.message)) return;
    told.add(error.message);
    tell(error);
  };
  const waiting = [...strategies];
  const problems: Problem[] = [];
  const askNext = async (): Promise<void> => {
    for (let strategy = waiting.shift(); strategy !== undefined; strategy = waiting.shift()) {
      const { name } = strategy;
      const description = await plans.describe(strategy, signal).catch(failed);
      for (const { at, message } of description?.problems ?? []) {
        problems.push({ at: `strategies.${name}.${at}`, message });
      }
    }
  };
  await Promise.all(Array.from({ length: width }, askNext));
  return problems;
}

function isOfReader(code: string): boolean {
  return code !== "operation.aborted" && !code.startsWith("query.");
}
