import { claimColumns } from "@syncline/core/adapter-kit";
import { epochMs, milliseconds } from "./epoch.ts";
import { hasOrdered, mustWait } from "./key-order.ts";
import { bigint, boolean, float8, rows, text, uuid } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { byKeys, statement } from "./statement.ts";
import { hasBegun } from "./transaction-step.ts";

/**
 * Leases due deliveries of all demands. `start`, where each scan begins: epoch ms, before which
 * nothing is due.
 *
 * A row for each claim, with the time at which it was due. Then one for each demand: NULL, its
 * strategy, the time now, the due time of its first delivery if some may have to wait for others,
 * how long the statement took.
 *
 * - MATERIALIZED, and the LIMIT inside a lateral sub-select: a LIMIT inside IN (…) may be run again for every row that
 *   the planner puts on its outer side, and then leases more than it was asked for.
 * - statement_timestamp(): it is stable, and so an index condition; the volatile clock_timestamp() took 57 ms instead
 *   of 4.5 with 300,000 deliveries due in the future.
 * - Nothing waits: what another worker has locked is skipped.
 * - A clock that was put back must not hide what is due since.
 * - Of what was written one by one, an older one blocks its key whatever its state: one that is
 *   dead or held stops its key until a person has requeued or discarded it, since what came later
 *   must not overtake it. That some was, a demand need not say.
 */
export function claimDue(schema: string) {
  const now = "statement_timestamp()";
  const start = `least(to_timestamp(start / 1000), ${now} - interval '1 second')`;
  const parameters = {
    demands: rows({ strategy: text, count: bigint, strict: boolean, start: float8 }),
    token: uuid,
    leaseMs: float8,
  };
  return statement(
    "claim",
    parameters,
    ({ demands, token, leaseMs }) => `WITH demand AS MATERIALIZED (
  SELECT strategy, count, ordered, start,
         CASE WHEN ordered THEN (
           SELECT min(f.due_at) FROM ${schema}.delivery AS f
            WHERE f.strategy = demand.strategy AND f.state = 'pending' AND f.due_at >= start) END AS first
    FROM (
      SELECT strategy, count, ${start} AS start, strict OR ${hasOrdered(schema, "given.strategy")} AS ordered
        FROM ${demands("given")}
       WHERE ${hasBegun} OFFSET 0) AS demand
), due AS MATERIALIZED (
  SELECT d.id, d.due_at, d.lapsed
    FROM demand
   CROSS JOIN LATERAL (
     SELECT c.id, c.due_at, c.token IS NOT NULL AS lapsed
       FROM ${schema}.delivery AS c
      WHERE c.strategy = demand.strategy AND c.state = 'pending' AND c.due_at >= demand.start AND c.due_at <= ${now}
        AND NOT (demand.ordered AND ${mustWait(schema, "c", now)})
      ORDER BY c.due_at, c.id
      LIMIT demand.count
        FOR UPDATE SKIP LOCKED) AS d
   WHERE NOT EXISTS (SELECT FROM ${schema}.pause WHERE pause.strategy = demand.strategy)
), claimed AS (
  UPDATE ${schema}.delivery AS d
     SET token = ${token}, due_at = ${now} + ${milliseconds(leaseMs)}, debounced = false,
         attempts = d.attempts + due.lapsed::int
    FROM due
   WHERE d.id = due.id
  RETURNING ${claimColumns.list(spelling, { from: "d.", as: { lapsed: "due.lapsed" }, indent: 12 })}, due.due_at AS was_due_at
)
(SELECT ${claimColumns.select(spelling, { indent: 8 })}, ${epochMs("was_due_at")}::text
   FROM claimed
  ORDER BY was_due_at, claimed.id)
UNION ALL
SELECT NULL, strategy, ${epochMs(now)}::text, ${epochMs("first")}::text,
       (date_part('epoch', clock_timestamp() - ${now}) * 1000)::text${", NULL".repeat(claimColumns.names.length - 4)}
  FROM demand`,
    byKeys,
  );
}
