/** Puts refused changes of the categories `$1` back, in their order and with their times. Returns how many. */
export function readmitRefused(schema: string): string {
  return `WITH taken AS (
  DELETE FROM ${schema}.refused WHERE category = ANY ($1::text[])
  RETURNING id, category, condition, operation, strategy, recorded_at
), readmitted AS (
  INSERT INTO ${schema}.change (category, condition, operation, strategy, recorded_at)
  SELECT category, condition, operation, strategy, recorded_at FROM taken ORDER BY id
  RETURNING id
)
SELECT count(*)::text FROM readmitted`;
}
