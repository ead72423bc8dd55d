/**
 * Whether a strategy has deliveries that were written one by one is asked with each claim and each
 * dispatch. Of most there are none, and this index is empty. `schema` is a quoted identifier.
 */
export function orderedRows(schema: string): readonly string[] {
  return [`CREATE INDEX delivery_ordered ON ${schema}.delivery (strategy, ordinal) WHERE ordinal > 0`];
}
