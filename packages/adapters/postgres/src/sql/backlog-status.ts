import { backlogColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/**
 * Everything an operator's overview needs, in one snapshot: counted one after the other, a change that is dispatched in
 * between would be missed by both counts. One row at least; `strategy` is NULL if there is none.
 *
 * What folds is stopped by what is held alone (see `key-order.ts`); whether such a thing exists is
 * asked once.
 */
export function backlogStatus(schema: string) {
  const now = "statement_timestamp()";
  return statement(
    "status",
    {},
    () => `WITH delivery AS (
  SELECT strategy, state, token, first_recorded_at, due_at,
         CASE WHEN d.ordinal > 0 THEN EXISTS (
           SELECT FROM ${schema}.delivery AS o
            WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal AND (o.ordinal > 0 OR o.id < d.id)
              AND o.state <> 'pending')
         WHEN EXISTS (SELECT FROM ${schema}.delivery AS h WHERE h.state = 'held' AND h.ordinal > 0) THEN EXISTS (
           SELECT FROM ${schema}.delivery AS o
            WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal > 0 AND o.ordinal < d.id AND o.state = 'held')
         ELSE false END AS blocked
    FROM ${schema}.delivery AS d
), lane AS (
  SELECT strategy,
         count(*) FILTER (WHERE state = 'pending' AND due_at <= ${now} AND NOT blocked) AS due,
         count(*) FILTER (WHERE state = 'pending' AND due_at <= ${now} AND blocked) AS blocked,
         count(*) FILTER (WHERE state = 'pending' AND due_at > ${now} AND token IS NULL) AS waiting,
         count(*) FILTER (WHERE state = 'pending' AND due_at > ${now} AND token IS NOT NULL) AS leased,
         count(*) FILTER (WHERE state = 'dead') AS dead,
         count(*) FILTER (WHERE state = 'held') AS held,
         min(first_recorded_at) FILTER (WHERE state = 'pending') AS oldest
    FROM delivery
   GROUP BY strategy
)
SELECT ${backlogColumns.select(spelling, {
      from: "strategy.",
      as: {
        changes: "change.total",
        oldestChangeAgeMs: "change.oldest",
        refused: `(SELECT count(*) FROM ${schema}.refused)`,
        strategy: "strategy.name",
        oldestAgeMs: "strategy.oldest",
      },
    })}
  FROM (SELECT count(*) AS total, min(recorded_at) AS oldest FROM ${schema}.change) AS change
  LEFT JOIN (
    SELECT coalesce(lane.strategy, pause.strategy) AS name, coalesce(due, 0) AS due, coalesce(blocked, 0) AS blocked,
           coalesce(waiting, 0) AS waiting, coalesce(leased, 0) AS leased, coalesce(dead, 0) AS dead, coalesce(held, 0) AS held, oldest,
           pause.strategy IS NOT NULL AS paused
      FROM lane FULL JOIN ${schema}.pause ON pause.strategy = lane.strategy) AS strategy ON true
 ORDER BY strategy.name`,
  );
}
