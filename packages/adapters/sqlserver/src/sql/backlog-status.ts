import { type OwnStatement, ownTransaction } from "./statement.ts";
import { declareNow } from "./time.ts";

/**
 * Everything an operator's overview needs. One row at least; `name` is NULL if there is no strategy.
 *
 * The dispatcher's row is locked meanwhile: a change that is dispatched between the two counts would be missed by both.
 * Dispatchers don't wait for it, they find it busy. What transactions that are still open have recorded is not counted,
 * and not waited for.
 */
export function backlogStatus(schema: string): OwnStatement {
  const age = (oldest: string) =>
    `CASE WHEN ${oldest} < @now THEN DATEDIFF_BIG(millisecond, ${oldest}, @now) ELSE 0 END`;
  return ownTransaction(
    "backlog-status",
    `DECLARE @held int;
SELECT @held = id FROM ${schema}.dispatcher WITH (UPDLOCK, ROWLOCK) WHERE id = 1;
${declareNow}
WITH delivery AS (
  SELECT d.strategy, d.state, d.token, d.first_recorded_at, d.due_at,
         CASE WHEN EXISTS (
                SELECT 1 FROM ${schema}.delivery AS o
                 WHERE o.strategy = d.strategy AND o.[key] = d.[key] AND o.id < d.id AND o.state <> 'pending'
                   AND (o.state = 'held' OR d.ordinal > 0))
              THEN 1 ELSE 0 END AS blocked
    FROM ${schema}.delivery AS d
), lane AS (
  SELECT strategy,
         SUM(CASE WHEN state = 'pending' AND due_at <= @now AND blocked = 0 THEN 1 ELSE 0 END) AS due,
         SUM(CASE WHEN state = 'pending' AND due_at <= @now AND blocked = 1 THEN 1 ELSE 0 END) AS blocked,
         SUM(CASE WHEN state = 'pending' AND due_at > @now AND token IS NULL THEN 1 ELSE 0 END) AS waiting,
         SUM(CASE WHEN state = 'pending' AND due_at > @now AND token IS NOT NULL THEN 1 ELSE 0 END) AS leased,
         SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) AS dead,
         SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END) AS held,
         MIN(CASE WHEN state = 'pending' THEN first_recorded_at END) AS oldest
    FROM delivery
   GROUP BY strategy
), named AS (
  SELECT COALESCE(lane.strategy, paused.strategy) AS name, COALESCE(lane.due, 0) AS due,
         COALESCE(lane.blocked, 0) AS blocked, COALESCE(lane.waiting, 0) AS waiting, COALESCE(lane.leased, 0) AS leased,
         COALESCE(lane.dead, 0) AS dead, COALESCE(lane.held, 0) AS held, lane.oldest,
         CASE WHEN paused.strategy IS NULL THEN 0 ELSE 1 END AS paused
    FROM lane
    FULL JOIN ${schema}.pause AS paused ON paused.strategy = lane.strategy
)
SELECT change.total, ${age("change.oldest")}, (SELECT COUNT_BIG(*) FROM ${schema}.refused),
       named.name, named.due, named.blocked, named.waiting, named.leased, named.dead, named.held,
       ${age("named.oldest")}, named.paused
  FROM (SELECT COUNT_BIG(*) AS total, MIN(recorded_at) AS oldest
          FROM ${schema}.change WITH (READPAST, READCOMMITTEDLOCK)) AS change
  LEFT JOIN named ON 1 = 1
 ORDER BY named.name;`,
  );
}
