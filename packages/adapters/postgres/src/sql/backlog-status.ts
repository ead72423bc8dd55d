import { backlogColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/**
 * Everything an operator's overview needs, in one snapshot: counted one after the other, a change that is dispatched in
 * between would be missed by both counts. One row at least; `strategy` is NULL if there is none.
 *
 * Deliveries are counted without looking at others of their key, so that several processes of the
 * server read the table at once: of a million it took a tenth of the time. What stands behind a dead
 * or held one is counted apart, from the deliveries that go out one by one: of most strategies there
 * are none. What folds is stopped by what is held alone (see `key-order.ts`).
 */
export function backlogStatus(schema: string) {
  const now = "statement_timestamp()";
  const due = (alias: string) => `${alias}.state = 'pending' AND ${alias}.due_at <= ${now}`;
  return statement(
    "status",
    {},
    () => `WITH lane AS (
  SELECT strategy,
         count(*) FILTER (WHERE state = 'pending' AND due_at <= ${now}) AS due,
         count(*) FILTER (WHERE state = 'pending' AND due_at > ${now} AND token IS NULL) AS waiting,
         count(*) FILTER (WHERE state = 'pending' AND due_at > ${now} AND token IS NOT NULL) AS leased,
         count(*) FILTER (WHERE state = 'dead') AS dead,
         count(*) FILTER (WHERE state = 'held') AS held,
         min(first_recorded_at) FILTER (WHERE state = 'pending') AS oldest
    FROM ${schema}.delivery
   GROUP BY strategy
), stopped AS (
  SELECT strategy, count(*) AS blocked
    FROM (SELECT d.strategy, d.id
            FROM ${schema}.delivery AS d
           WHERE d.ordinal > 0 AND ${due("d")} AND EXISTS (
                 SELECT FROM ${schema}.delivery AS o
                  WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal AND (o.ordinal > 0 OR o.id < d.id)
                    AND o.state <> 'pending')
          UNION
          SELECT d.strategy, d.id
            FROM ${schema}.delivery AS h
            JOIN ${schema}.delivery AS d ON d.strategy = h.strategy AND d.key = h.key AND d.ordinal = 0 AND d.id > h.ordinal
           WHERE h.state = 'held' AND h.ordinal > 0 AND ${due("d")}) AS behind
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
    SELECT coalesce(lane.strategy, pause.strategy) AS name, coalesce(due, 0) - coalesce(blocked, 0) AS due,
           coalesce(blocked, 0) AS blocked, coalesce(waiting, 0) AS waiting, coalesce(leased, 0) AS leased,
           coalesce(dead, 0) AS dead, coalesce(held, 0) AS held, oldest, pause.strategy IS NOT NULL AS paused
      FROM lane LEFT JOIN stopped USING (strategy) FULL JOIN ${schema}.pause ON pause.strategy = lane.strategy) AS strategy ON true
 ORDER BY strategy.name`,
  );
}
