import type { CategoryDefinition, CategoryFields, ConditionInput, FieldType } from "./category-definition.ts";
import { type CategorySource, sourceProblems } from "./category-source.ts";
import type { Change, ChangeOperation } from "./change.ts";
import { canonicalCondition } from "./condition.ts";
import { SynclineError } from "./errors.ts";
import { show } from "./option-checks.ts";
import { type Problem, placeIn } from "./problem.ts";

/** A category that makes changes. */
export interface Category<Name extends string = string, Fields extends CategoryFields = CategoryFields>
  extends CategoryDefinition<Name, Fields> {
  /** The data under this key was inserted or updated. Errors: `change.invalid`. */
  changed(condition: ConditionInput<Fields>): Change;
  /** The data under this key was deleted: a hint, what the strategies' queries see decides. Errors: `change.invalid`. */
  deleted(condition: ConditionInput<Fields>): Change;
  /** The data moved from one key to another: a changed key is two keys. Errors: `change.invalid`. */
  moved(from: ConditionInput<Fields>, to: ConditionInput<Fields>): readonly [from: Change, to: Change];
}

/** The data dictionary: categories by name. */
export type Dictionary = ReadonlyMap<string, CategoryDefinition>;

const fieldTypes: ReadonlySet<string> = new Set<FieldType>([
  "string",
  "integer",
  "bigint",
  "decimal",
  "boolean",
  "uuid",
  "date",
  "timestamp",
]);
const categoryName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const fieldName = /^[A-Za-z_][A-Za-z0-9_]{0,29}$/;

/**
 * A category of the data dictionary. Errors: `category.invalid`, with every problem.
 *
 * @param source the table that it is about: from it follow checks of the columns' types, backfills
 *   of all keys, and triggers that capture changes, where the database's adapter has these.
 */
export function category<const Name extends string, const Fields extends CategoryFields>(
  name: Name,
  fields: Fields,
  source?: CategorySource<NoInfer<keyof Fields & string>>,
): Category<Name, Fields> {
  const problems = categoryProblems({ name, fields, ...(source === undefined ? {} : { source }) });
  if (problems.length > 0) {
    throw new SynclineError("category.invalid", `The category ${show(name)} is not in order.`, { problems });
  }
  const made: Category<Name, Fields> = Object.freeze({
    name,
    fields: Object.freeze({ ...fields }),
    ...(source === undefined ? {} : { source: frozenSource(source) }),
    changed: (condition: ConditionInput<Fields>) => changeOf(made, condition, "upsert"),
    deleted: (condition: ConditionInput<Fields>) => changeOf(made, condition, "delete"),
    moved: (from: ConditionInput<Fields>, to: ConditionInput<Fields>) =>
      [changeOf(made, from, "delete"), changeOf(made, to, "upsert")] as const,
  });
  return made;
}

export function frozenSource({ table, columns, updateOf }: CategorySource): CategorySource {
  return Object.freeze({
    table,
    ...(columns === undefined ? {} : { columns: Object.freeze({ ...columns }) }),
    ...(updateOf === undefined ? {} : { updateOf: Object.freeze([...updateOf]) }),
  });
}

/** A validated change. Errors: `change.invalid`, with every problem. */
export function changeOf(category: CategoryDefinition, input: unknown, operation: ChangeOperation): Change {
  const result = canonicalCondition(category, input);
  if (!result.ok) {
    throw new SynclineError("change.invalid", `A change of category "${category.name}" is not in order.`, {
      problems: result.problems.map(({ at, message }) => ({ at: placeIn("condition", at), message })),
    });
  }
  return Object.freeze({ category: category.name, condition: result.condition, key: result.key, operation });
}

/** Errors: `category.invalid`, with every problem of every category. */
export function createDictionary(categories: readonly CategoryDefinition[]): Dictionary {
  const dictionary = new Map<string, CategoryDefinition>();
  const problems: Problem[] = [];
  categories.forEach((definition, index) => {
    const at = `categories[${index}]`;
    problems.push(...categoryProblems(definition).map((problem) => ({ ...problem, at: placeIn(at, problem.at) })));
    if (dictionary.has(definition?.name))
      problems.push({ at, message: `There are two categories "${definition.name}".` });
    dictionary.set(definition?.name, definition);
  });
  if (problems.length > 0)
    throw new SynclineError("category.invalid", "The data dictionary is not in order.", { problems });
  return dictionary;
}

/** What is wrong with a category, whatever it is. */
export function categoryProblems(definition: CategoryDefinition): readonly Problem[] {
  const problems: Problem[] = [];
  const { name, fields, source } = definition ?? {};
  if (typeof name !== "string" || !categoryName.test(name)) {
    problems.push({
      at: "name",
      message: `${show(name)} must be a letter, then letters, digits, "_", "." or "-", at most 64 characters.`,
    });
  }
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  if (entries.length === 0) problems.push({ at: "fields", message: "A category needs at least one key field." });
  for (const [field, type] of entries) {
    if (!fieldName.test(field) || field === "__proto__") {
      problems.push({
        at: `fields.${field}`,
        message: `A field's name must be a letter or "_", then letters, digits or "_", at most 30 characters.`,
      });
    }
    if (!fieldTypes.has(type)) {
      problems.push({
        at: `fields.${field}`,
        message: `${show(type)} is no field type; there are ${[...fieldTypes].join(", ")}.`,
      });
    }
  }
  if (source !== undefined) {
    const names = entries.map(([field]) => field);
    problems.push(...sourceProblems(source, names).map((each) => ({ ...each, at: placeIn("source", each.at) })));
  }
  return problems;
}
