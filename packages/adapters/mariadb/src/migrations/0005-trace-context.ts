import { traceparent } from "../sql/column-types.ts";

/**
 * Where the trace context of a change stands, on its way to the delivery. On MariaDB each definition
 * may be run again after a break; MySQL has no word for it. `schema` is a quoted identifier.
 */
export function traceContext(schema: string): readonly string[] {
  return ["`change`", "delivery"].map(
    (table) => `ALTER TABLE ${schema}.${table} ADD COLUMN /*M! IF NOT EXISTS */ traceparent ${traceparent} NULL`,
  );
}
