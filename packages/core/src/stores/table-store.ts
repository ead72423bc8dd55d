import type { DefinitionTable } from "../contracts/definition-table.ts";
import type { LoadedStrategies, StrategyStore } from "../contracts/strategy-store.ts";
import { SynclineError } from "../model/errors.ts";

/** An edit comes between the two reads; this often, somebody does nothing else. */
const mostTurns = 5;

/**
 * What the database's tables hold: strategies, categories, or both of one revision. `undefined`
 * where neither is asked for.
 */
export function tableStore(
  strategies: StrategyStore | undefined,
  categories: Pick<DefinitionTable, "categories"> | undefined,
): StrategyStore | undefined {
  if (categories === undefined) return strategies;
  if (strategies === undefined)
    return { load: async (signal) => ({ strategies: [], ...(await categories.categories(signal)) }) };
  return { load: (signal) => loadBoth(strategies, categories, signal) };
}

async function loadBoth(
  strategies: StrategyStore,
  categories: Pick<DefinitionTable, "categories">,
  signal: AbortSignal,
): Promise<LoadedStrategies> {
  for (let turn = 1; turn <= mostTurns; turn += 1) {
    const known = await categories.categories(signal);
    const loaded = await strategies.load(signal);
    if (known.revision === loaded.revision) return { ...loaded, categories: known.categories };
  }
  throw new SynclineError("database.busy", "Strategies and categories are edited all the time: they were not read.", {
    retryable: true,
  });
}
