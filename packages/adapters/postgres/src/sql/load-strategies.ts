/** The strategies in force and their revision, in one snapshot. One row at least; `name` is NULL without a strategy. */
export function loadStrategies(schema: string): string {
  return `SELECT d.strategies_revision::text, s.name, s.definition::text
  FROM ${schema}.dispatcher AS d
  LEFT JOIN ${schema}.strategy AS s ON s.enabled
 WHERE d.id = 1
 ORDER BY s.name`;
}
