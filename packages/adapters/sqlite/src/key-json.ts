import type { FieldType } from "@syncline/core/spi";
import { quoteLiteral } from "./dialect.ts";

/**
 * A key's value as json_object takes it, whatever SQLite's dynamic types have put there. NULL: the
 * row has no key. Bytes are none: JSON has no such value, and the business's own statement may not
 * fail of it.
 */
export function jsonValue(column: string, type: FieldType): string {
  if (type === "boolean") return `json(CASE ${column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)`;
  const isNumber = type === "integer" || type === "bigint" || type === "decimal";
  return `CASE typeof(${column}) WHEN 'blob' THEN NULL ELSE ${isNumber ? column : `CAST(${column} AS TEXT)`} END`;
}

/** The condition, by the expressions of its fields' values. */
export function jsonObject(values: readonly { readonly field: string; readonly value: string }[]): string {
  return `json_object(${values.map(({ field, value }) => `${quoteLiteral(field)}, ${value}`).join(", ")})`;
}

export function hasNoValue(column: string): string {
  return `typeof(${column}) IN ('null', 'blob')`;
}
