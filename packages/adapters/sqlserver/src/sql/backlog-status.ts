import { strategyName } from "./column-types.ts";
import { type OwnStatement, ownTransaction, snapshotStatement } from "./statement.ts";
import { ageMs, declareNow } from "./time.ts";

/**
 * Everything an operator's overview needs. One row at least; `name` is NULL if there is no strategy.
 * What transactions that are still open have recorded is not counted, and not waited for.
 *
 * A change that is dispatched between the two counts would be missed by both. So they are one
 * statement of a snapshot, which keeps nobody waiting.
 */
export function backlogStatus(schema: string): OwnStatement {
  const text = `${declareNow}\n${counts(schema, { delivery: "", change: "" })}\n ORDER BY named.name;`;
  return snapshotStatement("backlog-status", text);
}

/**
 * The same where the database allows no snapshots: the dispatcher's row is locked meanwhile, and who
 * dispatches finds it busy for as long as the counts take. ROWLOCK, since a table without page
 * locks might be locked as a whole, and recorders with it.
 */
export function lockedBacklogStatus(schema: string): OwnStatement {
  return ownTransaction("backlog-status-under-lock", {
    work: `SET DEADLOCK_PRIORITY LOW;
DECLARE @locked int;
SELECT @locked = id FROM ${schema}.dispatcher WITH (UPDLOCK, ROWLOCK) WHERE id = 1;
${declareNow}
DECLARE @status TABLE (total bigint, age bigint, refused bigint, name ${strategyName}, due int, blocked int, waiting int,
  leased int, dead int, held int, oldest bigint, paused int);
INSERT INTO @status (total, age, refused, name, due, blocked, waiting, leased, dead, held, oldest, paused)
${counts(schema, { delivery: " WITH (ROWLOCK)", change: " WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)" })};`,
    answer: `SELECT total, age, refused, name, due, blocked, waiting, leased, dead, held, oldest, paused
  FROM @status
 ORDER BY name;`,
  });
}

interface Hints {
  readonly delivery: string;
  readonly change: string;
}

function counts(schema: string, hints: Hints): string {
  const isDue = "d.state = 'pending' AND d.due_at <= @now";
  const isLater = "d.state = 'pending' AND d.due_at > @now";
  const count = (of: string) => `SUM(CASE WHEN ${of} THEN 1 ELSE 0 END)`;
  return `SELECT change.total, ${ageMs("change.oldest")}, (SELECT COUNT_BIG(*) FROM ${schema}.refused),
       named.name, named.due, named.blocked, named.waiting, named.leased, named.dead, named.held,
       ${ageMs("named.oldest")}, named.paused
  FROM (SELECT COUNT_BIG(*) AS total, MIN(recorded_at) AS oldest FROM ${schema}.change${hints.change}) AS change
  LEFT JOIN (
    SELECT COALESCE(lane.strategy, paused.strategy) AS name, COALESCE(lane.due, 0) AS due,
           COALESCE(lane.blocked, 0) AS blocked, COALESCE(lane.waiting, 0) AS waiting, COALESCE(lane.leased, 0) AS leased,
           COALESCE(lane.dead, 0) AS dead, COALESCE(lane.held, 0) AS held, lane.oldest,
           CASE WHEN paused.strategy IS NULL THEN 0 ELSE 1 END AS paused
      FROM (
        SELECT d.strategy, ${count(`${isDue} AND d.blocked = 0`)} AS due, ${count(`${isDue} AND d.blocked = 1`)} AS blocked,
               ${count(`${isLater} AND d.token IS NULL`)} AS waiting, ${count(`${isLater} AND d.token IS NOT NULL`)} AS leased,
               ${count("d.state = 'dead'")} AS dead, ${count("d.state = 'held'")} AS held,
               MIN(CASE WHEN d.state = 'pending' THEN d.first_recorded_at END) AS oldest
          FROM (
            SELECT e.strategy, e.state, e.token, e.first_recorded_at, e.due_at,
                   CASE WHEN EXISTS (
                          SELECT 1 FROM ${schema}.delivery AS o${hints.delivery}
                           WHERE o.strategy = e.strategy AND o.[key] = e.[key] AND o.id < e.id AND o.state <> 'pending'
                             AND (o.state = 'held' OR e.ordinal > 0))
                        THEN 1 ELSE 0 END AS blocked
              FROM ${schema}.delivery AS e${hints.delivery}) AS d
         GROUP BY d.strategy) AS lane
      FULL JOIN ${schema}.pause AS paused ON paused.strategy = lane.strategy) AS named ON 1 = 1`;
}
