import type { CategoryDefinition } from "../model/category-definition.ts";
import type { Problem } from "../model/problem.ts";
import type { StrategyDefinition } from "../model/strategy.ts";

/**
 * A strategy as a store found it, not yet checked: core checks it, and one bad entry does not stop
 * the others.
 */
export interface StoredStrategy {
  /** Where it stands, for messages: `syncline.strategy[crm-orders]`, `strategies.yaml:12`. */
  readonly source: string;
  /** What should be a {@link StrategyDefinition}. */
  readonly definition: StrategyDefinition | { readonly name: string; readonly [option: string]: unknown };
  /**
   * Why the rest was not read, in a sentence or with places: then `definition` has the name and, so
   * that its keys go on collecting, `category` and `coalesce`. A definition beyond core's limits
   * (262,144 characters) must not be read into memory.
   */
  readonly problem?: string | readonly Problem[];
  /**
   * Switched off for a time: nothing is delivered for it, and its keys go on collecting. Then
   * `definition` need have no more than the name, `category` and `coalesce`.
   */
  readonly disabled?: boolean;
  /**
   * While it is invalid, what this worker had in force under its name stays in force. Default
   * false: nothing is delivered for it, and its keys go on collecting.
   */
  readonly keepsLast?: boolean;
  /** Where an option stands (`query`, `retry.maxMs`), for messages: `strategies/crm.yaml:12:3 (batch)`. */
  readonly place?: (option: string) => string;
}

/** A category as a store found it, not yet checked. */
export interface StoredCategory {
  /** As of a strategy. */
  readonly source: string;
  /** What should be a {@link CategoryDefinition}. */
  readonly definition: CategoryDefinition | { readonly name: string; readonly [option: string]: unknown };
  /** Why it is not taken, in a sentence or with places. What was in force under its name stays so. */
  readonly problem?: string | readonly Problem[];
  /** As of a strategy: `fields.orderId`, `source.table`. */
  readonly place?: (option: string) => string;
}

export interface LoadedStrategies {
  readonly strategies: readonly StoredStrategy[];
  /**
   * Categories beside those in code; none if it is not there. One that code or an earlier store has
   * with the same fields is the same; with others it is refused, and the first stays in force.
   */
  readonly categories?: readonly StoredCategory[];
  /**
   * Changes whenever anything of it does. For a store in the synchronised database: what `Route` is
   * given.
   */
  readonly revision: string;
}

/** Strategies and categories from one place, and word of changes to them. */
export interface StrategyStore {
  load(signal: AbortSignal): Promise<LoadedStrategies>;
  /** Calls `listener` when `load` may return something new. Returns how to stop. */
  subscribe?(listener: () => void): () => void;
}
