import type { CategoryDefinition, FieldType } from "@syncline/core/spi";
import { quoteIdentifier, quoteLiteral } from "./identifier.ts";

export interface BackfillTexts {
  /** `?`: category, strategy. */
  readonly insert: string;
  /** How many rows lack a value of the key, and how many have one that can be no key. */
  readonly count: string;
}

const mostCharacters = 400;

/**
 * As a derived table, the keys can be one SELECT and nothing else. A line break follows it, since it
 * may end in a comment. A row without a key makes the category empty, which the table refuses: so
 * one statement, with one snapshot, records all or nothing.
 */
export function backfillTexts(schema: string, category: CategoryDefinition, keys: string): BackfillTexts {
  const fields = Object.entries(category.fields).map(([name, type]) => ({
    name,
    type,
    column: `q.${quoteIdentifier(name)}`,
  }));
  const pairs = fields.map(({ name, column, type }) => `${quoteLiteral(name)}, ${jsonValue(column, type)}`);
  const missing = fields.map(({ column }) => `${column} IS NULL`).join(" OR ");
  const condition = `JSON_OBJECT(${pairs.join(", ")})`;
  const unfit = `CHAR_LENGTH(${condition}) > ${mostCharacters}`;
  const found = `FROM (\n${keys.replace(/;\s*$/, "")}\n) AS q`;
  return {
    insert: `INSERT INTO ${schema}.\`change\` (category, \`condition\`, strategy)
SELECT CASE WHEN ${missing} OR ${unfit} THEN '' ELSE ? END, ${condition}, ? ${found}`,
    count: `SELECT COALESCE(SUM(${missing}), 0), COALESCE(SUM(${unfit}), 0) ${found}`,
  };
}

/** A time without a zone counts as UTC. Numbers keep every digit. */
function jsonValue(column: string, type: FieldType): string {
  if (type === "boolean") return `JSON_EXTRACT('[false, true]', CONCAT('$[', ${column} <> 0, ']'))`;
  if (type === "timestamp") return `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%fZ')`;
  if (type === "date") return `DATE_FORMAT(${column}, '%Y-%m-%d')`;
  if (type === "string" || type === "uuid") return `CONVERT(${column} USING utf8mb4)`;
  return column;
}
