import type { StrategyStore } from "@syncline/core/spi";
import { operate } from "./guard.ts";
import type { MemoryStore } from "./store.ts";

export function memoryStrategies(store: MemoryStore): StrategyStore {
  return {
    load: (signal) =>
      operate(store, signal, () => ({
        strategies: [...store.strategies.values()].map((definition) => ({
          source: `memory.strategy[${definition.name}]`,
          definition: structuredClone(definition),
          ...(store.disabled.has(definition.name) ? { disabled: true } : {}),
        })),
        revision: String(store.strategiesRevision),
      })),
  };
}
