import { backlogColumns } from "@syncline/core/adapter-kit";
import { now, spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/**
 * Everything an operator's overview needs, by one statement and so in one snapshot: counted one
 * after the other, a change that is dispatched in between would be missed by both counts. One row
 * at least; the strategy is NULL if there is none.
 *
 * What folds is stopped by what is held alone (see `key-order.ts`); whether such a thing exists is
 * asked once.
 */
export function backlogStatus(schema: string) {
  const delivery = `${schema}.delivery`;
  const count = (condition: string) => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
  const pending = (condition: string) => count(`state = 'pending' AND ${condition}`);
  return statement<object>(`WITH one AS (
  SELECT strategy, state, token, first_recorded_at, due_at,
         CASE WHEN d.ordinal > 0 THEN EXISTS (
           SELECT 1 FROM ${delivery} AS o
            WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal AND (o.ordinal > 0 OR o.id < d.id)
              AND o.state <> 'pending')
         WHEN EXISTS (SELECT 1 FROM ${delivery} AS h WHERE h.state = 'held' AND h.ordinal > 0) THEN EXISTS (
           SELECT 1 FROM ${delivery} AS o
            WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal > 0 AND o.ordinal < d.id AND o.state = 'held')
         ELSE false END AS blocked
    FROM ${delivery} AS d
), lane AS (
  SELECT strategy AS name,
         ${pending(`due_at <= ${now} AND NOT blocked`)} AS due,
         ${pending(`due_at <= ${now} AND blocked`)} AS blocked,
         ${pending(`due_at > ${now} AND token IS NULL`)} AS waiting,
         ${pending(`due_at > ${now} AND token IS NOT NULL`)} AS leased,
         ${count("state = 'dead'")} AS dead,
         ${count("state = 'held'")} AS held,
         MIN(CASE WHEN state = 'pending' THEN first_recorded_at END) AS oldest
    FROM one
   GROUP BY strategy
), strategies AS (
  SELECT name FROM lane UNION SELECT strategy FROM ${schema}.pause
)
SELECT ${backlogColumns.select(spelling, {
    as: {
      changes: "`change`.total",
      oldestChangeAgeMs: "`change`.oldest",
      refused: `(SELECT COUNT(*) FROM ${schema}.refused)`,
      strategy: "strategies.name",
      ...counts(["due", "blocked", "waiting", "leased", "dead", "held"]),
      oldestAgeMs: "lane.oldest",
      paused: `EXISTS (SELECT 1 FROM ${schema}.pause AS p WHERE p.strategy = strategies.name)`,
    },
  })}
  FROM (SELECT COUNT(*) AS total, MIN(recorded_at) AS oldest FROM ${schema}.\`change\`) AS \`change\`
  LEFT JOIN strategies ON true
  LEFT JOIN lane ON lane.name = strategies.name
 ORDER BY strategies.name`);
}

function counts(names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, `COALESCE(lane.${name}, 0)`]));
}
