/**
 * What goes out one by one can be found without reading all of a strategy: as long as there is any,
 * also of a time before its `coalesce` was changed, a key's deliveries must be looked at together.
 * `schema` is a quoted identifier.
 */
export function oneByOne(schema: string): readonly string[] {
  return [
    `CREATE INDEX delivery_ordered ON ${schema}.delivery (strategy) WHERE ordinal > 0 WITH (ALLOW_PAGE_LOCKS = OFF)`,
  ];
}
