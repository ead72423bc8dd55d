import type { SourceColumn as Sourced } from "@syncline/core/adapter-kit";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import type { ColumnFacts } from "./table-facts.ts";

type SourceColumn = Sourced<ColumnFacts>;

/**
 * The key of a row as JSON. Whatever the session's zone is: UNIX_TIMESTAMP takes a TIMESTAMP as the
 * instant that it is. A DATETIME, which has no zone, counts as UTC. Numbers keep every digit.
 */
export function keyJson(columns: readonly SourceColumn[], row: string): string {
  const pairs = columns.map(
    (each) => `${quoteLiteral(each.field)}, ${jsonValue(each, `${row}.${quoteIdentifier(each.column.name)}`)}`,
  );
  return `JSON_OBJECT(${pairs.join(", ")})`;
}

function jsonValue({ type, column }: SourceColumn, value: string): string {
  // Another number is true to SQL, and is not found by TRUE, which is 1: such a row has no key.
  if (type === "boolean")
    return `JSON_EXTRACT('[false, true]', CONCAT('$[', IF(${value} IN (0, 1), ${value}, 2), ']'))`;
  if (type === "date") return `DATE_FORMAT(${value}, '%Y-%m-%d')`;
  if (type === "string" || type === "uuid") return `CONVERT(${value} USING utf8mb4)`;
  if (type !== "timestamp") return value;
  const time =
    column.type === "timestamp"
      ? `TIMESTAMP'1970-01-01 00:00:00' + INTERVAL ROUND(UNIX_TIMESTAMP(${value}) * 1000000) MICROSECOND`
      : value;
  return `DATE_FORMAT(${time}, '%Y-%m-%dT%H:%i:%s.%fZ')`;
}

export function hasKey(columns: readonly SourceColumn[], row: string): string {
  return columns.map(({ column }) => `${row}.${quoteIdentifier(column.name)} IS NOT NULL`).join(" AND ");
}
