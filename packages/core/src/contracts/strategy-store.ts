import type { StrategyDefinition } from "../model/strategy.ts";

/** A strategy as a store found it, not yet checked: core checks it, and one bad entry does not stop the others. */
export interface StoredStrategy {
  /** Where it stands, for messages: `syncline.strategy[crm-orders]`, `strategies.yaml:12`. */
  readonly source: string;
  /** What should be a {@link StrategyDefinition}. */
  readonly definition: StrategyDefinition | { readonly name: string; readonly [option: string]: unknown };
  /**
   * Why the rest was not read, in a sentence: then `definition` has the name and, so that its keys
   * go on collecting, `category` and `coalesce`. A definition beyond core's limits (262,144
   * characters) must not be read into memory.
   */
  readonly problem?: string;
  /**
   * Switched off for a time: nothing is delivered for it, and its keys go on collecting. Then
   * `definition` need have no more than the name, `category` and `coalesce`.
   */
  readonly disabled?: boolean;
}

export interface LoadedStrategies {
  readonly strategies: readonly StoredStrategy[];
  /** Changes whenever `strategies` does. For a store in the synchronised database: what `Route` is given. */
  readonly revision: string;
}

/** The strategies in force, and word of changes to them. */
export interface StrategyStore {
  load(signal: AbortSignal): Promise<LoadedStrategies>;
  /** Calls `listener` when `load` may return something new. Returns how to stop. */
  subscribe?(listener: () => void): () => void;
}
