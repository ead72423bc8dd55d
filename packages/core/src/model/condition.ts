import type { CategoryDefinition, FieldType } from "./category-definition.ts";
import type { ConditionValue } from "./condition-value.ts";
import { readFlatObject } from "./exact-json.ts";
import { canonicalValue } from "./field-types.ts";
import type { Problem } from "./problem.ts";

/** The recorded key values of one change, canonical, fields sorted by name. */
export type Condition = { readonly [field: string]: ConditionValue };

/** The longest canonical JSON text of a condition, in UTF-16 units (what `nvarchar(400)` holds). */
export const maxKeyLength = 400;

export type CanonicalCondition =
  | { readonly ok: true; readonly condition: Condition; readonly key: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The canonical condition of values from code. Problems are placed relative to the condition: `orderId`. */
export function canonicalCondition(category: CategoryDefinition, input: unknown): CanonicalCondition {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return refuse([{ at: "", message: `The condition must be an object of key values, not ${describe(input)}.` }]);
  }
  const values = input as { readonly [field: string]: unknown };
  return canonical(category, Object.keys(values), (field) =>
    Object.hasOwn(values, field) ? values[field] : undefined,
  );
}

/** The canonical condition of JSON text that any program may have written. Exact: no number passes through a double. */
export function parseCondition(category: CategoryDefinition, text: string): CanonicalCondition {
  const fields = readFlatObject(text);
  if (fields === undefined) {
    return refuse([{ at: "", message: "The condition is not a flat JSON object of key values." }]);
  }
  return canonical(category, fields.keys(), (field) => fields.get(field));
}

/** The condition of a canonical text: what `key` of a change, a delivery or a claim holds. */
export function conditionOf(key: string): Condition {
  return Object.freeze(JSON.parse(key) as Condition);
}

const sorted = new WeakMap<CategoryDefinition, readonly (readonly [string, FieldType])[]>();

/** By code unit, so that the order depends on no locale. */
function sortedFields(category: CategoryDefinition): readonly (readonly [string, FieldType])[] {
  let fields = sorted.get(category);
  if (fields === undefined) {
    fields = Object.entries(category.fields).sort(([one], [other]) => (one < other ? -1 : 1));
    sorted.set(category, fields);
  }
  return fields;
}

function canonical(
  category: CategoryDefinition,
  given: Iterable<string>,
  read: (field: string) => unknown,
): CanonicalCondition {
  const fields = sortedFields(category);
  const problems: Problem[] = [];
  const condition: { [field: string]: ConditionValue } = {};
  let key = "";
  for (const [field, type] of fields) {
    const result = canonicalValue(type, read(field));
    if ("refused" in result) problems.push({ at: field, message: result.refused });
    else {
      condition[field] = result.value;
      key += `${key === "" ? "{" : ","}"${field}":${JSON.stringify(result.value)}`;
    }
  }
  for (const field of given) {
    if (!Object.hasOwn(category.fields, field)) problems.push(unknownField(category, field));
  }
  key += "}";
  if (problems.length === 0 && key.length > maxKeyLength) {
    problems.push({ at: "", message: `Its canonical text has ${key.length} characters; ${maxKeyLength} are allowed.` });
  }
  return problems.length > 0 ? refuse(problems) : { ok: true, condition: Object.freeze(condition), key };
}

function unknownField(category: CategoryDefinition, field: string): Problem {
  const known = Object.keys(category.fields).join(", ");
  return { at: field.slice(0, 64), message: `The category "${category.name}" has no such field; it has ${known}.` };
}

function refuse(problems: readonly Problem[]): CanonicalCondition {
  return { ok: false, problems };
}

function describe(input: unknown): string {
  return input === null ? "null" : Array.isArray(input) ? "an array" : `a ${typeof input}`;
}
