import { backfillColumns } from "@syncline/core/adapter-kit";
import { bigint, boolean, float8, int, optional, text, uuid } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/** A lease that ends later than any does was given before the clock was set back: it has ended. */
const longestLease = "interval '1 hour'";
const now = "clock_timestamp()";
const until = (durationMs: string) => `${now} + ${durationMs} * interval '1 millisecond'`;

/** Backfills and where they stand. Each that changes something answers how many rows it changed. */
export function backfillStatements(schema: string) {
  const table = `${schema}.backfill`;
  const counted = (update: string) => `WITH changed AS (
${update}
RETURNING id
)
SELECT count(*)::text FROM changed`;
  return {
    begin: statement(
      "begin_backfill",
      {
        ...{ strategy: text, category: text, fields: text, keys: text, allKeys: boolean, keyOrder: text },
        ...{ estimatedTotal: optional(bigint), byIndex: optional(boolean), chunk: int, rate: optional(float8) },
        ...{ maxWaiting: optional(bigint), actor: optional(text), reason: optional(text), owner: uuid },
        durationMs: float8,
      },
      (
        given,
      ) => `INSERT INTO ${table} (strategy, category, fields, keys, all_keys, key_order, estimated_total, by_index, chunk, rate,
       max_waiting, actor, reason, owner, lease_until)
VALUES (${given.strategy}, ${given.category}, ${given.fields}, ${given.keys}, ${given.allKeys}, ${given.keyOrder},
       ${given.estimatedTotal}, ${given.byIndex}, ${given.chunk}, ${given.rate}, ${given.maxWaiting}, ${given.actor},
       ${given.reason}, ${given.owner}, ${until(given.durationMs)})
RETURNING id::text`,
    ),
    list: statement(
      "list_backfills",
      { id: optional(bigint), limit: bigint },
      ({ id, limit }) => `SELECT ${backfillColumns.select(spelling, {
        as: {
          actor: "coalesce(actor, login)",
          leaseMs: `CASE WHEN lease_until < ${now} + ${longestLease} THEN (date_part('epoch', lease_until - ${now}) * 1000)::bigint ELSE 0 END`,
        },
      })}
  FROM ${table}
 WHERE ${id} IS NULL OR id = ${id}
 ORDER BY backfill.id DESC
 LIMIT ${limit}`,
    ),
    take: statement(
      "take_backfill",
      {
        ...{ id: bigint, owner: uuid, durationMs: float8 },
        ...{ chunk: optional(int), rate: optional(float8), maxWaiting: optional(bigint) },
      },
      ({ id, owner, durationMs, chunk, rate, maxWaiting }) =>
        counted(`  UPDATE ${table}
     SET state = 'running', error = NULL, owner = ${owner}, lease_until = ${until(durationMs)}, driven_at = ${now},
         driven_from = done, changed_at = ${now}, chunk = coalesce(${chunk}, chunk), rate = coalesce(${rate}, rate),
         max_waiting = coalesce(${maxWaiting}, max_waiting)
   WHERE id = ${id} AND (state IN ('paused', 'failed') OR state = 'running' AND (
         lease_until IS NULL OR lease_until <= ${now} OR lease_until >= ${now} + ${longestLease}))`),
    ),
    renew: statement("renew_backfill", { id: bigint, owner: uuid, durationMs: float8 }, ({ id, owner, durationMs }) =>
      counted(`  UPDATE ${table} SET lease_until = ${until(durationMs)}
   WHERE id = ${id} AND owner = ${owner} AND state = 'running'`),
    ),
    step: stepBackfill(schema),
    end: statement(
      "end_backfill",
      { id: bigint, state: text, error: optional(text), owner: optional(uuid), alsoHeld: boolean },
      ({ id, state, error, owner, alsoHeld }) =>
        counted(`  UPDATE ${table}
     SET state = ${state}, error = ${error}, owner = NULL, lease_until = NULL,
         changed_at = CASE WHEN state = ${state} THEN changed_at ELSE ${now} END
   WHERE id = ${id} AND (state = 'running' OR ${alsoHeld} AND state IN ('paused', 'failed'))
     AND (${owner} IS NULL OR owner = ${owner})`),
    ),
    // Up to `most` of each: they are not counted to their end.
    waiting: statement(
      "waiting_of_strategy",
      { strategy: text, most: bigint },
      ({ strategy, most }) => `SELECT least(${most}, (
         SELECT count(*) FROM (SELECT FROM ${schema}.delivery WHERE strategy = ${strategy} AND state = 'pending' LIMIT ${most}) AS d
       ) + (
         SELECT count(*) FROM (SELECT FROM ${schema}.change WHERE strategy = ${strategy} LIMIT ${most}) AS c
       ))::text`,
    ),
  };
}

/** What a chunk came to, in its own transaction, and on whatever search path that has. */
function stepBackfill(schema: string) {
  const now = "pg_catalog.clock_timestamp()";
  return statement(
    "step_backfill",
    {
      ...{ id: bigint, before: optional(text), position: optional(text), recorded: bigint, refused: bigint },
      ...{ isLast: boolean, owner: uuid, durationMs: float8 },
    },
    ({ id, before, position, recorded, refused, isLast, owner, durationMs }) => `WITH changed AS (
  UPDATE ${schema}.backfill
     SET position = ${position}, done = done OPERATOR(pg_catalog.+) ${recorded},
         refused = refused OPERATOR(pg_catalog.+) ${refused}, changed_at = ${now},
         state = CASE WHEN ${isLast} THEN 'done' ELSE state END,
         owner = CASE WHEN NOT ${isLast} THEN owner END,
         lease_until = CASE WHEN NOT ${isLast}
           THEN ${now} OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs => ${durationMs} OPERATOR(pg_catalog./) 1000::pg_catalog.float8) END
   WHERE id OPERATOR(pg_catalog.=) ${id} AND owner OPERATOR(pg_catalog.=) ${owner} AND state OPERATOR(pg_catalog.=) 'running'
     AND coalesce(position OPERATOR(pg_catalog.=) ${before}, position IS NULL AND ${before} IS NULL)
  RETURNING id
)
SELECT pg_catalog.count(*)::pg_catalog.text FROM changed`,
  );
}
