import type { CategoryFields, FieldType } from "@syncline/core/spi";
import { quoteIdentifier } from "./identifier.ts";

/** A key field, and the column that it is taken from. */
export interface KeyColumn {
  readonly field: string;
  readonly type: FieldType;
  readonly column: string;
}

export function keyColumnsOf(fields: CategoryFields, columnOf: (field: string) => string): readonly KeyColumn[] {
  return Object.entries(fields).map(([field, type]) => ({ field, type, column: columnOf(field) }));
}

/**
 * The condition of one row of `alias`, as JSON text. FOR JSON writes every digit of a number, escapes texts, and gives
 * dates and times in ISO 8601 whatever the session's language is; a UUID's capitals are none of the key's.
 */
export function conditionJson(columns: readonly KeyColumn[], alias: string): string {
  const values = columns.map(
    ({ field, type, column }) =>
      `${jsonValue(`${alias}.${quoteIdentifier(column)}`, type)} AS ${quoteIdentifier(field)}`,
  );
  return `(SELECT ${values.join(", ")} FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)`;
}

/** Whether every key column of a row has a value: a key has no NULLs. */
export function hasKey(columns: readonly KeyColumn[], alias: string): string {
  return columns.map(({ column }) => `${alias}.${quoteIdentifier(column)} IS NOT NULL`).join(" AND ");
}

/**
 * Any column as the text of a key. Style 126 is exact and the same in every session: plain `CAST`
 * writes a `datetime` without its seconds and `money` with two digits. One character more than a
 * key may have, so that core refuses what is longer, where a cut text would be another key.
 */
export function keyTextOf(column: string): string {
  return `CONVERT(nvarchar(401), ${column}, 126)`;
}

/**
 * Whatever is not exactly a value of the field's type is written so that core refuses it. The
 * change is then kept apart with the reason; a value that was rounded here would be another key,
 * and the row's own key would never be told.
 *
 * - A time goes as it is: without a zone, or with a seventh digit, core refuses it.
 * - A text is read as a date in one form only, `2026-03-31`: how `03/04/2026` is read is up to the session.
 * - What is neither 1 nor true, 0 nor false is no boolean, and is not compared with a bit: any
 *   number but 0 would become 1. As NULL, it is left out of the JSON, and core finds the field
 *   missing.
 */
function jsonValue(column: string, type: FieldType): string {
  switch (type) {
    case "date":
      return `TRY_CONVERT(date, ${column}, 23)`;
    case "boolean":
      return `CASE WHEN ${isOneOf(column, "1", "true")} THEN CAST(1 AS bit) WHEN ${isOneOf(column, "0", "false")} THEN CAST(0 AS bit) END`;
    case "string":
      return keyTextOf(column);
    default:
      return column;
  }
}

function isOneOf(column: string, number: string, word: string): string {
  return `${keyTextOf(column)} IN (N'${number}', N'${word}')`;
}
