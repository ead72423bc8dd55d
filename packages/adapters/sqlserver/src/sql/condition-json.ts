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

/** A time gets the zone UTC if it has none; a text is cast, so that an integer column can feed a string field. */
function jsonValue(column: string, type: FieldType): string {
  switch (type) {
    case "timestamp":
      return `CAST(${column} AS datetimeoffset(6))`;
    case "date":
      return `CAST(${column} AS date)`;
    case "boolean":
      return `CAST(${column} AS bit)`;
    case "string":
      return `CAST(${column} AS nvarchar(400))`;
    case "uuid":
      return `CAST(${column} AS nvarchar(36))`;
    default:
      return column;
  }
}
