import type { StrategyStore } from "../contracts/strategy-store.ts";
import type { StrategyInCode } from "../model/strategy-in-code.ts";

/** Strategies that never change while the process runs. */
export function inCodeStrategies(strategies: readonly StrategyInCode[]): StrategyStore {
  const stored = strategies.map((definition) => ({
    source: `strategies.${definition.name}`,
    definition: { ...definition },
  }));
  return {
    load: async () => ({ strategies: stored, revision: "code" }),
    subscribe: () => () => {},
  };
}
