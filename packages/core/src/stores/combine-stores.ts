import type { StrategyStore } from "../contracts/strategy-store.ts";

/**
 * Several stores as one. A name that several hold belongs to the first; loading reports the others.
 *
 * @param table of the database: whoever uses it asks it again by itself, so it need tell nothing.
 */
export function combineStores(others: readonly StrategyStore[], table?: StrategyStore): StrategyStore {
  const stores = table === undefined ? others : [...others, table];
  const subscribable = others.every((store) => store.subscribe !== undefined);
  return {
    load: async (signal) => {
      const loaded = await Promise.all(stores.map((store) => store.load(signal)));
      return {
        strategies: loaded.flatMap((each) => each.strategies),
        categories: loaded.flatMap((each) => each.categories ?? []),
        // Length-prefixed: two revisions can never run into each other.
        revision: loaded.map(({ revision }) => `${revision.length}:${revision}`).join(""),
      };
    },
    ...(subscribable ? { subscribe: (listener: () => void) => subscribeAll(stores, listener) } : {}),
  };
}

function subscribeAll(stores: readonly StrategyStore[], listener: () => void): () => void {
  const stops = stores.map((store) => store.subscribe?.(listener));
  return () => {
    for (const stop of stops) stop?.();
  };
}
