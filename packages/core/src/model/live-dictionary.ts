import type { Dictionary } from "./category.ts";
import type { CategoryDefinition } from "./category-definition.ts";

/**
 * The data dictionary in force: the categories in code, and what stores bring while the process
 * runs. Whoever holds it sees new categories at once.
 */
export class LiveDictionary extends Map<string, CategoryDefinition> {
  readonly inCode: Dictionary;

  constructor(inCode: Dictionary) {
    super(inCode);
    this.inCode = inCode;
  }

  /** Returns the names of those that are new, or others than before. */
  use(next: Dictionary): readonly string[] {
    const changed: string[] = [];
    for (const name of this.keys()) if (!next.has(name)) this.delete(name);
    for (const [name, definition] of next) {
      // What was derived from a definition is kept by its identity.
      if (isSameCategory(this.get(name), definition)) continue;
      if (!hasSameFields(this.get(name), definition)) changed.push(name);
      this.set(name, definition);
    }
    return changed;
  }
}

/** A plugin may have bound another one, which nothing can be added to. */
export function liveDictionary(dictionary: Dictionary): LiveDictionary {
  return dictionary instanceof LiveDictionary ? dictionary : new LiveDictionary(dictionary);
}

/** Whether keys of the one are keys of the other: the order of fields does not matter. */
export function hasSameFields(one: CategoryDefinition | undefined, other: CategoryDefinition): boolean {
  return one !== undefined && sorted(one.fields) === sorted(other.fields);
}

export function isSameCategory(one: CategoryDefinition | undefined, other: CategoryDefinition): boolean {
  return hasSameFields(one, other) && sourceText(one) === sourceText(other);
}

function sourceText(category: CategoryDefinition | undefined): string {
  const source = category?.source;
  if (source === undefined) return "";
  return JSON.stringify([source.table, sorted(source.columns ?? {}), source.updateOf ?? null]);
}

function sorted(members: { readonly [name: string]: string | undefined }): string {
  return JSON.stringify(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1)));
}
