import type { StrategyDefinition, StrategyHistory, StrategyStore } from "@syncline/core/spi";
import { keep } from "./audit.ts";
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

export function memoryHistory(store: MemoryStore): StrategyHistory {
  return {
    list: (strategy, { limit = 20, before = Number.POSITIVE_INFINITY }, signal) =>
      operate(store, signal, () =>
        store.strategyVersions
          .filter((each) => each.strategy === strategy && each.version < before)
          .toReversed()
          .slice(0, limit),
      ),
  };
}

/** An edit of the table, as a person makes it. `undefined`: the strategy is deleted. */
export function editStrategy(store: MemoryStore, name: string, edited: StrategyDefinition | undefined): void {
  const before = store.strategies.get(name);
  if (edited === undefined) store.strategies.delete(name);
  else store.strategies.set(name, edited);
  store.strategiesRevision += 1;
  keepVersion(store, name, before, edited, null);
}

/** What leaves a strategy as it was is no version. */
export function keepVersion(
  store: MemoryStore,
  name: string,
  before: object | undefined,
  edited: object | undefined,
  actor: string | null,
): void {
  const enabled = !store.disabled.has(name);
  const definition = JSON.stringify(edited ?? before);
  const last = store.strategyVersions.findLast(({ strategy }) => strategy === name);
  const isAsLast =
    last !== undefined && last.change !== "deleted" && last.definition === definition && last.enabled === enabled;
  if (edited === undefined ? before === undefined : isAsLast) return;
  const isNew = last === undefined || last.change === "deleted";
  store.strategyVersions.push({
    ...{ strategy: name, version: (last?.version ?? 0) + 1, at: Math.floor(store.now()), author: actor ?? "memory" },
    ...{ change: edited === undefined ? "deleted" : isNew ? "created" : "changed", definition, enabled },
  });
  const record = { action: "edit-strategy", actor, reason: null, strategy: name, selection: "{}" } as const;
  keep(store, record, 1);
}
