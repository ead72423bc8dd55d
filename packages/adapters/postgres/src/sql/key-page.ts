import type { CategoryDefinition } from "@syncline/core/spi";
import { jsonValue } from "./backfill.ts";
import { quoteIdentifier, quoteLiteral } from "./identifier.ts";
import { unfitKey } from "./unfit-key.ts";

function keyFields({ fields }: CategoryDefinition) {
  return Object.entries(fields).map(([name, type]) => ({ name, type, column: `q.${quoteIdentifier(name)}` }));
}

/** As a sub-query, the keys can be one SELECT and nothing else. It may end in a comment. */
function derived(keys: string): string {
  return `(\n${keys.replace(/;\s*$/, "")}\n    ) AS q`;
}

type Fields = ReturnType<typeof keyFields>;

const listed = (fields: Fields) => fields.map(({ column }) => column).join(", ");
const present = (fields: Fields) => fields.map(({ column }) => `${column} IS NOT NULL`).join(" AND ");
/**
 * By the server's own operators, whatever the login's search path has: what sorts and what compares
 * must be of one kind, or keys would lie between two pages.
 */
const ordered = (fields: Fields, operator: "<" | ">" = "<") =>
  fields.map(({ column }) => `${column} USING OPERATOR(pg_catalog.${operator})`).join(", ");

/** All key columns of no row: what types they have. */
export function keyColumnsOf(category: CategoryDefinition, keys: string): string {
  return `SELECT ${listed(keyFields(category))} FROM ${derived(keys)} WHERE $1::pg_catalog.text IS NULL LIMIT 0`;
}

/** How many the planner takes there to be. The parameter keeps it to one statement. */
export function explainKeys(keys: string): string {
  return `EXPLAIN (FORMAT JSON) SELECT $1::pg_catalog.text FROM ${derived(keys)}`;
}

/** How the first page is found. */
export function explainPage(category: CategoryDefinition, keys: string): string {
  const fields = keyFields(category);
  return `EXPLAIN (FORMAT JSON) SELECT ${listed(fields)}, $1::pg_catalog.text FROM ${derived(keys)}
 WHERE ${present(fields)} ORDER BY ${ordered(fields)} FETCH FIRST 100 ROWS WITH TIES`;
}

/**
 * Records the keys of one page. `$1` category, `$2` strategy, `$3` how many, then those of the last
 * key of the page before, whose types follow from their columns. Rows of one key that are equal in its order
 * are all on one page: neither they nor keys that a collation takes for the same are passed over.
 *
 * Returns how many rows, how many keys, how many rows that can be no key, and the last key as JSON.
 */
export function recordPage(schema: string, category: CategoryDefinition, keys: string, isFirst: boolean): string {
  const fields = keyFields(category);
  const pairs = fields.map(({ name, column, type }) => `${quoteLiteral(name)}, ${jsonValue(column, type)}`);
  const behind = fields.map((_, index) => `$${index + 4}`).join(", ");
  const place = fields.map(({ column }) => `pg_catalog.to_jsonb(${column}) OPERATOR(pg_catalog.#>>) '{}'`).join(", ");
  return `WITH page AS MATERIALIZED (
  SELECT ${listed(fields)}
    FROM ${derived(keys)}
   WHERE ${present(fields)}${isFirst ? "" : ` AND ROW(${listed(fields)}) OPERATOR(pg_catalog.>) ROW(${behind})`}
   ORDER BY ${ordered(fields)}
   FETCH FIRST ($3::pg_catalog.int8) ROWS WITH TIES
), found AS MATERIALIZED (
  SELECT pg_catalog.jsonb_build_object(${pairs.join(", ")})::pg_catalog.text COLLATE "C" AS condition, (${unfitKey(fields)}) AS unfit FROM page AS q
), recorded AS (
  INSERT INTO ${schema}.change (category, condition, strategy)
  SELECT DISTINCT $1::pg_catalog.text, condition, $2::pg_catalog.text FROM found WHERE NOT unfit
  RETURNING id
)
SELECT pg_catalog.count(*)::pg_catalog.text, (SELECT pg_catalog.count(*)::pg_catalog.text FROM recorded),
       (pg_catalog.count(*) FILTER (WHERE unfit))::pg_catalog.text,
       (SELECT pg_catalog.json_build_array(${place})::pg_catalog.text FROM page AS q ORDER BY ${ordered(fields, ">")} LIMIT 1)
  FROM found`;
}

/** How many rows have no key. */
export function countMissing(category: CategoryDefinition, keys: string): string {
  const missing = keyFields(category).map(({ column }) => `${column} IS NULL`);
  return `SELECT pg_catalog.count(*)::pg_catalog.text FROM ${derived(keys)} WHERE $1::pg_catalog.text IS NULL AND (${missing.join(" OR ")})`;
}
