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
 * The conditions of the keys that a query yields; NULL for a key without a value in one of its fields.
 *
 * As a sub-query, the keys can be one SELECT and nothing else. A line break follows it, since it may end in a comment.
 */
export function backfillKeys(category: CategoryDefinition, keys: string): OwnStatement {
  const fields = fieldsOf(category);
  const pairs = fields.map(({ name, column, type }) => `${quoteLiteral(name)} VALUE ${jsonValue(column, type)}`);
  return {
    name: "backfill_keys",
    kind: "query",
    text: `SELECT CASE WHEN ${missing(fields)} THEN NULL ELSE JSON_OBJECT(${pairs.join(", ")}) END AS condition
  FROM (
${withoutSemicolon(keys)}
       ) q`,
    binds: {},
  };
}

/** What a query's keys are described by. */
export function selectKeys(keys: string): string {
  return `SELECT q.* FROM (
${withoutSemicolon(keys)}
) q`;
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
 * formats are. A value that the type cannot hold is written as it is, so that its change is
 * refused: a day with a time, a boolean that is neither 1 nor 0, a time that is finer than
 * microseconds. What was rounded would be another row's key.
 *
 * @param zone of a time that has none. Absent: the column has one.
 */
export function jsonValue(column: string, type: FieldType, zone?: string): string {
  switch (type) {
    case "boolean":
      return `CASE ${column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE TO_CHAR(${column}) END FORMAT JSON`;
    case "date":
      return `TO_CHAR(${column}, CASE WHEN ${column} = TRUNC(${column}) THEN 'YYYY-MM-DD' ELSE 'YYYY-MM-DD"T"HH24:MI:SS' END)`;
    case "timestamp":
      return `TO_CHAR(SYS_EXTRACT_UTC(${instantOf(column, zone)}), 'YYYY-MM-DD"T"HH24:MI:SS.FF9"Z"')`;
    case "string":
      return `${anyText(column)} FORMAT JSON`;
    case "uuid":
      // Of a RAW, too, which has no TO_CHAR.
      return `TO_CHAR(LOWER(${column}))`;
    default:
      return column;
  }
}

/**
 * A text of a national type may have characters that the database's own set lacks, and TO_CHAR would
 * put others for them. It is written in ASCII then: its change is refused, and no other key's
 * recorded. A key has no more than 400 characters.
 */
function anyText(column: string): string {
  const ascii = `ASCIISTR(SUBSTR(${column}, 1, 400))`;
  const escaped = `'"' || REPLACE(REPLACE(${ascii}, '\\', '\\u'), '"', '\\"') || '"'`;
  const isKept = `ASCIISTR(SUBSTR(TO_CHAR(${column}), 1, 400)) = ${ascii}`;
  return `CASE WHEN ${isKept} THEN ${jsonText(`TO_CHAR(${column})`)} ELSE ${escaped} END`;
}

function instantOf(column: string, zone: string | undefined): string {
  if (zone === undefined) return `CAST(${column} AS TIMESTAMP(9) WITH TIME ZONE)`;
  return `FROM_TZ(CAST(${column} AS TIMESTAMP(9)), ${quoteLiteral(zone)})`;
}

/**
 * A JSON text, escaped here: JSON_OBJECT of 12.2 does not escape all that it should (bug 24693010
 * in its release notes). A control character that has no letter of its own makes no JSON, and its
 * change is refused.
 */
export function jsonText(text: string): string {
  const escaped = [...escapes].reduce(
    (inner, [character, written]) => `REPLACE(${inner}, ${character}, '${written}')`,
    text,
  );
  return `'"' || ${escaped} || '"'`;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["'\\'", "\\\\"],
  [`'"'`, '\\"'],
  ["CHR(8)", "\\b"],
  ["CHR(9)", "\\t"],
  ["CHR(10)", "\\n"],
  ["CHR(12)", "\\f"],
  ["CHR(13)", "\\r"],
]);
