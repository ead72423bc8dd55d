import { milliseconds } from "./epoch.ts";
import { lockLeased } from "./lock-leased.ts";
import { bigint, float8, rows, uuid } from "./parameters.ts";
import { byKeys, statement } from "./statement.ts";
import { hasBegun } from "./transaction-step.ts";

/** Extends leases. Returns the ids still held. */
export function renewLeases(schema: string) {
  return statement(
    "renew",
    { leases: rows({ id: bigint, token: uuid }), leaseMs: float8 },
    ({ leases, leaseMs }) => `WITH given AS MATERIALIZED (
  SELECT * FROM ${leases("g")}
   WHERE ${hasBegun} ORDER BY id
), locked AS MATERIALIZED (
  ${lockLeased(schema, "c.id AS found")}
)
UPDATE ${schema}.delivery AS d
   SET due_at = statement_timestamp() + ${milliseconds(leaseMs)}
  FROM locked
 WHERE d.id = locked.found
RETURNING d.id::text`,
    byKeys,
  );
}
