/** `schema` is a quoted identifier. */
export function recordChangesByInsertAlone(schema: string): readonly string[] {
  return [recordChanges(schema)];
}

// RETURNING a column needs the right to SELECT it, which a role that records need not have: with
// `RETURNING id` its whole transaction was aborted. A constant needs none.
const recordChanges = (schema: string) =>
  `CREATE OR REPLACE FUNCTION ${schema}.record_changes(category text, conditions jsonb, operation text DEFAULT 'upsert') RETURNS bigint
LANGUAGE sql AS $body$
WITH recorded AS (
  INSERT INTO ${schema}.change (category, condition, operation)
  SELECT $1, given.condition::text, $3 FROM jsonb_array_elements($2) AS given(condition)
  RETURNING 1
)
SELECT count(*) FROM recorded
$body$`;
