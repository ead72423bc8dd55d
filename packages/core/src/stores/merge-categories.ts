import type { StoredCategory } from "../contracts/strategy-store.ts";
import { nameAndPlace } from "../engine/guard/wordless-error.ts";
import { categoryProblems, type Dictionary, frozenSource } from "../model/category.ts";
import type { CategoryDefinition } from "../model/category-definition.ts";
import { sizeProblem } from "../model/definition-size.ts";
import { hasSameFields, isSameCategory } from "../model/live-dictionary.ts";
import { isPlainObject, show } from "../model/option-checks.ts";
import { type Problem, placeIn } from "../model/problem.ts";

/** A category that is not in force as it is written. */
export interface InvalidCategory {
  readonly name: string;
  readonly source: string;
  readonly problems: readonly Problem[];
}

export interface MergedCategories {
  readonly dictionary: Dictionary;
  readonly invalid: readonly InvalidCategory[];
  /** Where each stands that is not in code, as its store says it. */
  readonly sources: ReadonlyMap<string, string>;
}

const mostCategories = 5_000;

/**
 * One dictionary of code and stores. What contradicts is refused by name, and the first stays in
 * force: code, then stores in their order.
 *
 * @param inForce what is not in order any more stays as it was there.
 */
export function mergeCategories(
  inCode: Dictionary,
  stored: readonly StoredCategory[],
  inForce: Dictionary = inCode,
): MergedCategories {
  const dictionary = new Map(inCode);
  const sources = new Map<string, string>();
  const invalid: InvalidCategory[] = [];
  const tell = (source: string, name: string, problems: readonly Problem[]) => invalid.push({ name, source, problems });
  for (const [index, entry] of stored.entries()) {
    const { source, definition, problem, place } = readable(entry, index);
    const name = String(definition.name).slice(0, 64);
    const at = (option: string) => (place === undefined ? placeIn(source, option) : place(option));
    if (index >= mostCategories) {
      tell(source, name, [{ at: source, message: `It is one of more than ${mostCategories}, which is the most.` }]);
      break;
    }
    const found =
      problem === undefined
        ? problemsOf(definition).map((each) => ({ at: at(each.at), message: each.message }))
        : typeof problem === "string"
          ? [{ at: source, message: problem }]
          : problem;
    if (found.length > 0) {
      tell(source, name, found);
      continue;
    }
    const category = frozen(definition as unknown as CategoryDefinition);
    const known = dictionary.get(name);
    if (known === undefined) {
      dictionary.set(name, category);
      sources.set(name, source);
    } else if (!isSameCategory(known, category)) {
      const where = sources.get(name) ?? "code";
      tell(source, name, [{ at: at("name"), message: contradiction(known, category, where) }]);
    }
  }
  for (const { name, source } of invalid) {
    const before = inForce.get(name);
    if (before === undefined || dictionary.has(name)) continue;
    dictionary.set(name, before);
    sources.set(name, source);
  }
  return { dictionary, invalid, sources };
}

function problemsOf(definition: { readonly [option: string]: unknown }): readonly Problem[] {
  const tooLarge = sizeProblem(definition);
  if (tooLarge !== undefined) return [{ at: "", message: tooLarge }];
  const unknown = Object.keys(definition).filter((option) => !["name", "fields", "source"].includes(option));
  return [
    ...unknown.slice(0, 20).map((option) => ({
      at: option.slice(0, 64),
      message: "A category has no such member; it has name, fields and source.",
    })),
    ...categoryProblems(definition as unknown as CategoryDefinition),
  ];
}

function contradiction(known: CategoryDefinition, given: CategoryDefinition, where: string): string {
  if (!hasSameFields(known, given))
    return `${where} has this category with other fields (${fieldsText(known)}), and it stays in force: make them equal, or take one away.`;
  return `${where} has this category with another source, and it stays in force: make them equal, or take one away.`;
}

function fieldsText({ fields }: CategoryDefinition): string {
  return Object.entries(fields)
    .map(([field, type]) => `${field}: ${type}`)
    .join(", ");
}

function frozen({ name, fields, source }: CategoryDefinition): CategoryDefinition {
  return Object.freeze({
    name,
    fields: Object.freeze({ ...fields }),
    ...(source === undefined ? {} : { source: frozenSource(source) }),
  });
}

type Readable = Pick<StoredCategory, "source" | "problem" | "place"> & {
  readonly definition: { readonly name: unknown; readonly [option: string]: unknown };
};

/** What a store gives may be anything. */
function readable(entry: StoredCategory | undefined, index: number): Readable {
  const source = `entry ${index + 1} of the store of categories`;
  try {
    if (typeof entry?.source === "string" && isPlainObject(entry.definition))
      return { ...entry, definition: { ...entry.definition, name: entry.definition.name } };
    return { source, definition: { name: source }, problem: `It is no category, but ${show(entry?.definition)}.` };
  } catch (error) {
    return { source, definition: { name: source }, problem: `Reading it throws ${nameAndPlace(error)}.` };
  }
}
