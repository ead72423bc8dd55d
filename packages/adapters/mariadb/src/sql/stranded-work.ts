import { type AnswerRow, ask, type SqlSteps, strandedColumns } from "@syncline/core/adapter-kit";
import { id, strategyName } from "./column-types.ts";
import { now, spelling, timeAfter } from "./spelling.ts";
import { type NamedStatement, rowsOf, statement, valuesOf } from "./statement.ts";

export interface AttendGiven {
  readonly worker: string;
  readonly parts: readonly string[];
  readonly lapseMs: number;
}

/**
 * Says that the worker has the strategies (JSON arrays, one a row) for so long. What the worker has
 * no more goes, and what has lapsed long since: a worker that was killed does it for itself no more.
 */
export function attend(schema: string) {
  const keep = statement<AttendGiven>(`INSERT INTO ${schema}.worker (id, part, strategies, attends_until)
SELECT :worker, g.n, g.value, ${timeAfter(":lapseMs")}
  FROM ${valuesOf("parts", "g", "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")}
    ON DUPLICATE KEY UPDATE strategies = VALUES(strategies), attends_until = VALUES(attends_until)`);
  const forget = statement<{ worker: string; count: number }>(`DELETE FROM ${schema}.worker
 WHERE CASE WHEN id = :worker THEN part > :count ELSE attends_until < ${now} - INTERVAL 1 DAY END`);
  const others = statement<{ worker: string }>(`SELECT strategies FROM ${schema}.worker
 WHERE id <> :worker AND attends_until > ${now}`);
  return function* (given: AttendGiven): SqlSteps<NamedStatement, readonly AnswerRow[]> {
    const { worker, parts } = given;
    if (parts.length > 0) yield* ask(keep, given);
    yield* ask(forget, { worker, count: parts.length });
    return yield* ask(others, { worker });
  };
}

/**
 * What there is of strategies between names, exclusively: the gaps between those that workers have,
 * whose own rows are not read. DISTINCT goes from name to name in the index.
 */
export function listStranded(schema: string) {
  return statement<{
    gaps: readonly { readonly low: string; readonly high: string }[];
  }>(`SELECT ${strandedColumns.select(spelling, {
    as: {
      strategy: "d.strategy",
      pending: "SUM(d.state = 'pending')",
      leased: `SUM(d.state = 'pending' AND d.token IS NOT NULL AND d.due_at > ${now})`,
      dead: "SUM(d.state = 'dead')",
      held: "SUM(d.state = 'held')",
      oldestAgeMs: "MIN(d.first_recorded_at)",
      key: "MIN(d.key)",
    },
  })}
  FROM (SELECT DISTINCT strategy FROM ${schema}.delivery) AS s
  STRAIGHT_JOIN ${rowsOf("gaps", "g", { low: strategyName, high: strategyName })}
       ON s.strategy > g.low AND s.strategy < g.high
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (delivery_key) ON d.strategy = s.strategy
 GROUP BY d.strategy
 ORDER BY d.strategy`);
}

/**
 * A portion of the deliveries that nobody works on, in the order of the index over (strategy, key,
 * ordinal): so the deliveries of a key come in their order. Locked by nobody else, and nobody is
 * waited for: so it does not matter that other statements lock by id.
 */
export function lockStranded(schema: string) {
  return statement<{ strategy: string; withHeld: boolean; most: number }>(`SELECT d.id
  FROM ${schema}.delivery AS d FORCE INDEX (delivery_key)
 WHERE d.strategy = :strategy
   AND CASE d.state WHEN 'pending' THEN d.token IS NULL OR d.due_at <= ${now} WHEN 'held' THEN :withHeld ELSE true END
 ORDER BY d.strategy, d.key, d.ordinal
 LIMIT :most
   FOR UPDATE SKIP LOCKED`);
}

/** As changes of a category for the target alone, in the order of the deliveries. */
export function recordStranded(schema: string) {
  return statement<{
    ids: readonly string[];
    target: string;
    category: string;
  }>(`INSERT INTO ${schema}.\`change\` (category, \`condition\`, operation, strategy, recorded_at)
SELECT :category, d.key, d.operation, :target, d.first_recorded_at
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.value
 ORDER BY d.id`);
}
