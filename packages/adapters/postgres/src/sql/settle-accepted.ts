import { bigint, rows, uuid } from "./parameters.ts";
import { byKeys, statement } from "./statement.ts";
import { hasBegun } from "./transaction-step.ts";

/**
 * Ends deliveries that were accepted and that nothing newer was folded into, which is the
 * common case. Returns how many.
 *
 * The index is gone through in its order, which is the order in which all statements lock; CASE keeps the planner from making a join of
 * it, which has an order of its own. What changed since this statement's snapshot is looked at in its newest version, so that no newer
 * revision is ever deleted.
 */
export function settleAccepted(schema: string) {
  return statement(
    "settle_accepted",
    { leases: rows({ id: bigint, token: uuid, revision: bigint }) },
    ({ leases }) => `WITH given AS MATERIALIZED (
  SELECT * FROM ${leases("g")}
   WHERE ${hasBegun}
), gone AS (
  DELETE FROM ${schema}.delivery AS d
   WHERE d.id = ANY (ARRAY(SELECT id FROM given))
     AND CASE WHEN (d.id, d.token, d.revision) IN (SELECT id, token, revision FROM given) THEN true END
  RETURNING d.id
)
SELECT count(*)::text FROM gone`,
    byKeys,
  );
}
