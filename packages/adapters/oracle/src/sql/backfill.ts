import type { CategoryDefinition, FieldType } from "@syncline/core/spi";
import { nameOf, type Place, quoteIdentifier, quoteLiteral } from "./names.ts";
import { type OwnStatement, text } from "./statement.ts";

/** Records given changes for one strategy. */
export function backfillChanges(place: Place): OwnStatement {
  return {
    name: "backfill",
    kind: "rows",
    text: `INSERT INTO ${nameOf(place, "change")} (category, condition, operation, strategy)
VALUES (:category, :condition, :operation, :strategy)`,
    binds: { category: text, condition: text, operation: text, strategy: text },
  };
}

/**
 * Records the keys that a query yields for one strategy. A key without a value in one of its fields is a NULL condition,
 * which the table refuses (ORA-01400): nothing is recorded then.
 *
 * As a sub-query, the keys can be one SELECT and nothing else. A line break follows it, since it may end in a comment.
 */
export function backfillKeys(place: Place, category: CategoryDefinition, keys: string): OwnStatement {
  const fields = fieldsOf(category);
  const pairs = fields.map(({ name, column, type }) => `${quoteLiteral(name)} VALUE ${jsonValue(column, type)}`);
  return {
    name: "backfill_keys",
    kind: "dml",
    text: `INSERT INTO ${nameOf(place, "change")} (category, condition, operation, strategy)
SELECT :category, CASE WHEN ${missing(fields)} THEN NULL ELSE JSON_OBJECT(${pairs.join(", ")}) END, 'upsert', :strategy
  FROM (
${withoutSemicolon(keys)}
       ) q`,
    binds: { category: text, strategy: text },
  };
}

/** How many of the rows that a query yields lack a value of the key. */
export function countMissingKeys(category: CategoryDefinition, keys: string): OwnStatement {
  return {
    name: "missing_keys",
    kind: "query",
    text: `SELECT TO_CHAR(COUNT(*)) AS missing
  FROM (
${withoutSemicolon(keys)}
       ) q
 WHERE ${missing(fieldsOf(category))}`,
    binds: {},
  };
}

interface KeyColumn {
  readonly name: string;
  readonly type: FieldType;
  readonly column: string;
}

function fieldsOf(category: CategoryDefinition): readonly KeyColumn[] {
  return Object.entries(category.fields).map(([name, type]) => ({ name, type, column: `q.${quoteIdentifier(name)}` }));
}

function missing(fields: readonly KeyColumn[]): string {
  return fields.map(({ column }) => `${column} IS NULL`).join(" OR ");
}

function withoutSemicolon(keys: string): string {
  return keys.replace(/;\s*$/, "");
}

/**
 * What JSON_OBJECT is given, so that the condition has the field's type whatever the column's is and whatever the session's
 * formats are. A number keeps every digit. A boolean is 1 or 0, as there is no other in SQL before 23ai.
 */
export function jsonValue(column: string, type: FieldType): string {
  switch (type) {
    case "boolean":
      return `CASE ${column} WHEN 1 THEN 'true' ELSE 'false' END FORMAT JSON`;
    case "date":
      return `TO_CHAR(${column}, 'YYYY-MM-DD')`;
    case "timestamp":
      return `TO_CHAR(SYS_EXTRACT_UTC(CAST(${column} AS TIMESTAMP(6) WITH TIME ZONE)), 'YYYY-MM-DD"T"HH24:MI:SS.FF6"Z"')`;
    case "string":
    case "uuid":
      return `TO_CHAR(${column})`;
    default:
      return column;
  }
}
