import { isCertainlyCanonical } from "../../model/canonical-form.ts";
import type { CategoryDefinition } from "../../model/category-definition.ts";
import { parseCondition } from "../../model/condition.ts";
import type { Failure } from "../../model/outcome.ts";
import { visibleText } from "../../model/visible-text.ts";

/** A key whose field is missing would be compared with nothing, be found nowhere and be told as deleted. */
export function isOfCategory(category: CategoryDefinition, key: string): boolean {
  if (isCertainlyCanonical(category, key)) return true;
  const parsed = parseCondition(category, key);
  return parsed.ok && parsed.key === key;
}

/** A dead letter that says so: the key of a category that has other fields now. */
export function unfit({ name, fields }: CategoryDefinition, key: string): Failure {
  const wanted = Object.entries(fields)
    .map(([field, type]) => `${field}: ${type}`)
    .join(", ");
  const message =
    `The key ${visibleText(key)} was recorded before category "${name}" had its present fields (${wanted}). ` +
    "Record or backfill its rows again, and discard it.";
  return { kind: "rejected", code: "key.unfit", message, effect: "no" };
}
