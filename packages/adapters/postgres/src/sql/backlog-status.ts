/**
 * Everything an operator's overview needs, in one snapshot: counted one after the other, a change that is dispatched in
 * between would be missed by both counts. One row at least; `strategy` is NULL if there is none.
 */
export function backlogStatus(schema: string): string {
  const now = "statement_timestamp()";
  const age = (oldest: string) => `greatest(0, coalesce(date_part('epoch', ${now} - ${oldest}) * 1000, 0))::text`;
  return `WITH lane AS (
  SELECT strategy,
         count(*) FILTER (WHERE state = 'pending' AND due_at <= ${now}) AS due,
         count(*) FILTER (WHERE state = 'pending' AND due_at > ${now} AND token IS NULL) AS waiting,
         count(*) FILTER (WHERE state = 'pending' AND due_at > ${now} AND token IS NOT NULL) AS leased,
         count(*) FILTER (WHERE state = 'dead') AS dead,
         count(*) FILTER (WHERE state = 'held') AS held,
         min(first_recorded_at) FILTER (WHERE state = 'pending') AS oldest
    FROM ${schema}.delivery
   GROUP BY strategy
)
SELECT change.total::text, ${age("change.oldest")} AS change_age,
       (SELECT count(*) FROM ${schema}.refused)::text AS refused,
       strategy.name, strategy.due::text, strategy.waiting::text, strategy.leased::text, strategy.dead::text,
       strategy.held::text, ${age("strategy.oldest")} AS age, strategy.paused::text
  FROM (SELECT count(*) AS total, min(recorded_at) AS oldest FROM ${schema}.change) AS change
  LEFT JOIN (
    SELECT coalesce(lane.strategy, pause.strategy) AS name, coalesce(due, 0) AS due, coalesce(waiting, 0) AS waiting,
           coalesce(leased, 0) AS leased, coalesce(dead, 0) AS dead, coalesce(held, 0) AS held, oldest,
           pause.strategy IS NOT NULL AS paused
      FROM lane FULL JOIN ${schema}.pause ON pause.strategy = lane.strategy) AS strategy ON true
 ORDER BY strategy.name`;
}
