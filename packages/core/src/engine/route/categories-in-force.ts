import type { Dictionary } from "../../model/category.ts";
import type { CategoryDefinition } from "../../model/category-definition.ts";
import { hasSameFields, type LiveDictionary, liveDictionary } from "../../model/live-dictionary.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { CheckedStrategies, InvalidStrategy } from "../../stores/load-strategies.ts";
import type { InvalidCategory } from "../../stores/merge-categories.ts";
import type { EventHub } from "../events.ts";

/** A category that is not in force as it is written, and since when: epoch milliseconds. */
export interface StandingCategory extends InvalidCategory {
  readonly since: number;
}

/** A category in force. */
export interface CategoryInForce {
  readonly category: CategoryDefinition;
  /** Where it stands, if it is not code. */
  readonly source: string | undefined;
}

interface CategoriesParts {
  readonly dictionary: Dictionary;
  readonly events: EventHub;
  /** Told of categories that are new, or have other fields than before. */
  readonly onCategories?: (names: readonly string[]) => void;
}

/** The data dictionary of the strategies in force. Follows the strategy store as they do. */
export class CategoriesInForce {
  readonly dictionary: LiveDictionary;
  readonly #parts: CategoriesParts;
  #invalid: readonly StandingCategory[] = [];
  #sources: ReadonlyMap<string, string> = new Map();

  constructor(parts: CategoriesParts) {
    this.#parts = parts;
    this.dictionary = liveDictionary(parts.dictionary);
  }

  get invalid(): readonly StandingCategory[] {
    return this.#invalid;
  }

  list(): readonly CategoryInForce[] {
    return [...this.dictionary.values()].map((category) => ({ category, source: this.#sources.get(category.name) }));
  }

  /** @param strategies in force, some of them as they were before: their categories stay. */
  use(
    {
      dictionary,
      invalidCategories,
      categorySources,
    }: Pick<CheckedStrategies, "dictionary" | "invalidCategories" | "categorySources">,
    strategies: Iterable<Strategy>,
  ): void {
    const next = new Map(dictionary);
    for (const { category } of strategies) if (!next.has(category.name)) next.set(category.name, category);
    const changed = this.dictionary.use(next);
    const since = new Map(this.#invalid.map((each) => [placeOf(each), each.since]));
    this.#invalid = invalidCategories.map((each) => ({ ...each, since: since.get(placeOf(each)) ?? Date.now() }));
    this.#sources = categorySources;
    if (changed.length > 0) this.#parts.onCategories?.(changed);
    for (const invalid of invalidCategories) this.#parts.events.emit("categoryInvalid", invalid);
  }
}

function placeOf({ name, source }: InvalidCategory): string {
  return `${source}\n${name}`;
}

/**
 * Whether a strategy can go on as it was, while what is written of it is invalid: under other
 * fields of its category, its keys would be others.
 */
export function goesOn(invalid: InvalidStrategy, inForce: Strategy | undefined, next: Dictionary): boolean {
  if (invalid.keepsLast !== true || inForce === undefined) return false;
  const known = next.get(inForce.category.name);
  return known === undefined || hasSameFields(known, inForce.category);
}
