import { milliseconds } from "./epoch.ts";
import { lockLeased } from "./lock-leased.ts";
import { hasBegun } from "./transaction-step.ts";
import { unnest } from "./unnest.ts";

/** Extends leases. `$1` ids, `$2` tokens, `$3` ms from now. Returns the ids still held. */
export function renewLeases(schema: string): string {
  return `WITH given AS MATERIALIZED (
  SELECT * FROM ${unnest("$1::bigint[]", "$2::uuid[]")} WITH ORDINALITY AS g(id, token, n)
   WHERE ${hasBegun} ORDER BY id
), locked AS MATERIALIZED (
  ${lockLeased(schema, "c.id AS found")}
)
UPDATE ${schema}.delivery AS d
   SET due_at = statement_timestamp() + ${milliseconds("$3::float8")}
  FROM locked
 WHERE d.id = locked.found
RETURNING d.id::text`;
}
