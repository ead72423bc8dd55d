import { hasBegun } from "./transaction-step.ts";
import { unnest } from "./unnest.ts";

/**
 * Ends deliveries that were accepted and that nothing newer was folded into, which is the common case. `$1` ids, `$2` tokens, `$3`
 * revisions. Returns how many.
 *
 * The index is gone through in its order, which is the order in which all statements lock; CASE keeps the planner from making a join of
 * it, which has an order of its own. What changed since this statement's snapshot is looked at in its newest version, so that no newer
 * revision is ever deleted.
 */
export function settleAccepted(schema: string): string {
  return `WITH given AS MATERIALIZED (
  SELECT * FROM ${unnest("$1::bigint[]", "$2::uuid[]", "$3::bigint[]")} AS g(id, token, revision)
   WHERE ${hasBegun}
), gone AS (
  DELETE FROM ${schema}.delivery AS d
   WHERE d.id = ANY (ARRAY(SELECT id FROM given))
     AND CASE WHEN (d.id, d.token, d.revision) IN (SELECT id, token, revision FROM given) THEN true END
  RETURNING d.id
)
SELECT count(*)::text FROM gone`;
}
