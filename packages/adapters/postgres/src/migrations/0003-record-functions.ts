/** How any language records. `schema` is a quoted identifier. The condition's spelling need not be canonical. */
export function recordFunctions(schema: string): readonly string[] {
  return [recordChange(schema), recordChanges(schema)];
}

// A void function of one row is called once for each row of a query, too:
// SELECT record_change('order', jsonb_build_object('orderId', id)) FROM orders WHERE …
const recordChange = (schema: string) =>
  `CREATE FUNCTION ${schema}.record_change(category text, condition jsonb, operation text DEFAULT 'upsert') RETURNS void
LANGUAGE sql AS $body$
INSERT INTO ${schema}.change (category, condition, operation) VALUES ($1, $2::text, $3)
$body$`;

const recordChanges = (schema: string) =>
  `CREATE FUNCTION ${schema}.record_changes(category text, conditions jsonb, operation text DEFAULT 'upsert') RETURNS bigint
LANGUAGE sql AS $body$
WITH recorded AS (
  INSERT INTO ${schema}.change (category, condition, operation)
  SELECT $1, given.condition::text, $3 FROM jsonb_array_elements($2) AS given(condition)
  RETURNING id
)
SELECT count(*) FROM recorded
$body$`;
