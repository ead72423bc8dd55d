import { changesJson } from "@syncline/core/adapter-kit";
import type { CategoryDefinition, FieldType } from "@syncline/core/spi";
import { quoteIdentifier, quoteLiteral } from "./identifier.ts";
import { text, textOf } from "./parameters.ts";
import { statement } from "./statement.ts";
import { unfitKey } from "./unfit-key.ts";

/** Records given changes for one strategy. Returns how many. */
export function backfillChanges(schema: string) {
  return statement(
    "backfill",
    { strategy: text, changes: textOf(changesJson) },
    ({ strategy, changes }) => `WITH recorded AS (
  INSERT INTO ${schema}.change (category, condition, operation, strategy)
  SELECT c, k, o, ${strategy} FROM jsonb_to_recordset(${changes}::jsonb) AS given(c text, k text, o text)
  RETURNING id
)
SELECT count(*)::text FROM recorded`,
  );
}

/**
 * Records the keys that a query yields for one strategy. `$1` category, `$2` strategy. Returns how
 * many, how many of them lack a key field, and how many have values that can be no key.
 *
 * As a sub-query, the keys can be one SELECT and nothing else: the server refuses a second statement and
 * anything that writes. A line break follows it, since it may end in a comment. Its tables are found by the
 * login's own search path, so what stands around it is named with its schema.
 */
export function backfillKeys(schema: string, category: CategoryDefinition, keys: string): string {
  const fields = Object.entries(category.fields).map(([name, type]) => ({
    name,
    column: `q.${quoteIdentifier(name)}`,
    type,
  }));
  const pairs = fields.map(({ name, column, type }) => `${quoteLiteral(name)}, ${jsonValue(column, type)}`);
  const missing = fields.map(({ column }) => `${column} IS NULL`).join(" OR ");
  return `WITH found AS MATERIALIZED (
  SELECT pg_catalog.jsonb_build_object(${pairs.join(", ")})::pg_catalog.text AS condition, (${missing}) AS missing, (${unfitKey(fields)}) AS unfit
    FROM (
${keys.replace(/;\s*$/, "")}
    ) AS q
), recorded AS (
  INSERT INTO ${schema}.change (category, condition, strategy) SELECT $1::pg_catalog.text, condition, $2::pg_catalog.text FROM found
)
SELECT pg_catalog.count(*)::pg_catalog.text, (pg_catalog.count(*) FILTER (WHERE missing))::pg_catalog.text,
       (pg_catalog.count(*) FILTER (WHERE unfit))::pg_catalog.text FROM found`;
}

/**
 * As JSON, dates and times are ISO 8601 whatever the session's DateStyle is; numbers keep every digit. A text
 * goes through `text`, so that an integer column can feed a string field; a timestamp gets the session's zone
 * if it has none.
 */
export function jsonValue(column: string, type: FieldType): string {
  if (type === "timestamp") return `${column}::pg_catalog.timestamptz`;
  if (type === "date") return `${column}::pg_catalog.date`;
  if (type === "string" || type === "uuid") return `${column}::pg_catalog.text`;
  return column;
}
