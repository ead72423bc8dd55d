import { nameOf, type Place } from "./names.ts";
import type { OwnStatement } from "./statement.ts";
import { utcText } from "./time.ts";

/**
 * Everything an operator's overview needs, in one snapshot: counted one after the other, a change that is dispatched in
 * between would be missed by both counts. One row at least; `name` is NULL if there is no strategy. Ages are left to the
 * reader: the database's time comes along. What is blocked waits for a person (see `key-order.ts`):
 * what was written by itself behind what is dead or held, what folds behind what is held.
 */
export function backlogStatus(place: Place): OwnStatement {
  return {
    name: "status",
    kind: "query",
    text: `SELECT ${utcText("SYSTIMESTAMP")} AS now, TO_CHAR(c.total) AS changes, ${utcText("c.oldest")} AS oldest_change,
       TO_CHAR(r.total) AS refused, s.name, TO_CHAR(s.due) AS due, TO_CHAR(s.blocked) AS blocked,
       TO_CHAR(s.waiting) AS waiting, TO_CHAR(s.leased) AS leased, TO_CHAR(s.dead) AS dead, TO_CHAR(s.held) AS held,
       ${utcText("s.oldest")} AS oldest, TO_CHAR(s.paused) AS paused
  FROM (SELECT COUNT(*) AS total, MIN(recorded_at) AS oldest FROM ${nameOf(place, "change")}) c
 CROSS JOIN (SELECT COUNT(*) AS total FROM ${nameOf(place, "refused")}) r
  LEFT JOIN (
${lanes(place)}
       ) s ON 1 = 1
 ORDER BY s.name`,
    binds: {},
  };
}

/** A UNION and not a full outer join: a lane's counts and a pause fall into one group. */
function lanes(place: Place): string {
  return `        SELECT l.name, SUM(l.due) AS due, SUM(l.blocked) AS blocked, SUM(l.waiting) AS waiting, SUM(l.leased) AS leased,
               SUM(l.dead) AS dead, SUM(l.held) AS held, MIN(l.oldest) AS oldest, SUM(l.paused) AS paused
          FROM (SELECT b.strategy AS name,
                       CASE WHEN b.phase = 'now' AND b.is_blocked = 0 THEN 1 ELSE 0 END AS due,
                       CASE WHEN b.phase = 'now' AND b.is_blocked = 1 THEN 1 ELSE 0 END AS blocked,
                       CASE WHEN b.phase = 'later' AND b.token IS NULL THEN 1 ELSE 0 END AS waiting,
                       CASE WHEN b.phase = 'later' AND b.token IS NOT NULL THEN 1 ELSE 0 END AS leased,
                       CASE WHEN b.phase = 'dead' THEN 1 ELSE 0 END AS dead,
                       CASE WHEN b.phase = 'held' THEN 1 ELSE 0 END AS held,
                       CASE WHEN b.phase IN ('now', 'later') THEN b.first_recorded_at ELSE NULL END AS oldest,
                       0 AS paused
                  FROM (
${phases(place)}
                       ) b
                 UNION ALL
                SELECT p.strategy, 0, 0, 0, 0, 0, 0, NULL, 1 FROM ${nameOf(place, "pause")} p) l
         GROUP BY l.name`;
}

function phases(place: Place): string {
  const delivery = nameOf(place, "delivery");
  return `                        SELECT d.strategy, d.token, d.first_recorded_at,
                               CASE WHEN d.state <> 'pending' THEN d.state
                                    WHEN SYS_EXTRACT_UTC(d.due_at) <= SYS_EXTRACT_UTC(SYSTIMESTAMP) THEN 'now'
                                    ELSE 'later' END AS phase,
                               CASE WHEN EXISTS (
                                      SELECT 1 FROM ${delivery} o
                                       WHERE o.strategy = d.strategy AND o.key = d.key AND o.id < d.id
                                         AND (d.ordinal > 0 AND o.state <> 'pending' OR o.ordinal > 0 AND o.state = 'held'))
                                    THEN 1 ELSE 0 END AS is_blocked
                          FROM ${delivery} d`;
}
