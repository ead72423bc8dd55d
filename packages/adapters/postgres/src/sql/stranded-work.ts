import { milliseconds } from "./epoch.ts";
import { unnest } from "./unnest.ts";

const now = "statement_timestamp()";

/**
 * Says that the worker `$1` has the strategies `$2` (JSON arrays, one a row) until `$3` ms from
 * now. Returns those of the other living workers, in the same form. What has lapsed long since is
 * deleted: a worker that was killed does it for itself no more.
 */
export function attend(schema: string): string {
  return `WITH attending AS (
  INSERT INTO ${schema}.worker AS w (id, part, strategies, attends_until)
  SELECT $1::uuid, p.part, p.strategies, ${now} + ${milliseconds("$3::float8")}
    FROM ${unnest("$2::text[]")} WITH ORDINALITY AS p(strategies, part)
      ON CONFLICT (id, part) DO UPDATE SET strategies = EXCLUDED.strategies, attends_until = EXCLUDED.attends_until
), gone AS (
  DELETE FROM ${schema}.worker AS w
   WHERE CASE w.id WHEN $1::uuid THEN w.part > cardinality($2::text[]) ELSE w.attends_until < ${now} - interval '1 day' END
)
SELECT w.strategies FROM ${schema}.worker AS w WHERE w.id <> $1::uuid AND w.attends_until > ${now}`;
}

/**
 * What there is of strategies between the names `$1` and `$2`, exclusively: the gaps between those
 * that workers have, whose own rows are not read: OFFSET 0 keeps the planner from reading all once
 * and then asking of each row in which gap it is.
 */
export function listStranded(schema: string): string {
  return `SELECT d.strategy, (count(*) FILTER (WHERE d.state = 'pending'))::text,
       (count(*) FILTER (WHERE d.state = 'pending' AND d.token IS NOT NULL AND d.due_at > ${now}))::text,
       (count(*) FILTER (WHERE d.state = 'dead'))::text, (count(*) FILTER (WHERE d.state = 'held'))::text,
       greatest(0, date_part('epoch', ${now} - min(d.first_recorded_at)) * 1000)::text, min(d.key)
  FROM ${unnest("$1::text[]", "$2::text[]")} AS gap(low, high)
 CROSS JOIN LATERAL (
   SELECT o.strategy, o.state, o.token, o.due_at, o.first_recorded_at, o.key FROM ${schema}.delivery AS o
    WHERE o.strategy > gap.low AND o.strategy < gap.high OFFSET 0) AS d
 GROUP BY d.strategy
 ORDER BY d.strategy`;
}

/**
 * At most `$3` deliveries of the strategy `$1` that nobody works on, held ones only where `$2`. In
 * the order of the index over (strategy, key, ordinal), so that a portion reads no more than it
 * takes, and the deliveries of a key come in their order. Locked by nobody else, and nobody is
 * waited for: so it does not matter that other statements lock by id.
 */
function taken(schema: string): string {
  return `chosen AS MATERIALIZED (
  SELECT d.id FROM ${schema}.delivery AS d
   WHERE d.strategy = $1::text
     AND CASE d.state WHEN 'pending' THEN d.token IS NULL OR d.due_at <= ${now} WHEN 'held' THEN $2::boolean ELSE true END
   ORDER BY d.strategy, d.key, d.ordinal
   LIMIT $3::bigint
     FOR UPDATE SKIP LOCKED
), taken AS (
  DELETE FROM ${schema}.delivery AS d USING chosen WHERE d.id = chosen.id
  RETURNING d.id, d.key, d.operation, d.first_recorded_at
)`;
}

/**
 * Records what it takes as changes of the category `$5` for the strategy `$4` alone. Returns how
 * many.
 */
export function moveStranded(schema: string): string {
  return `WITH ${taken(schema)}, moved AS (
  INSERT INTO ${schema}.change (category, condition, operation, strategy, recorded_at)
  SELECT $5::text, key, operation, $4::text, first_recorded_at FROM taken ORDER BY id
  RETURNING id
)
SELECT count(*)::text FROM moved`;
}

export function discardStranded(schema: string): string {
  return `WITH ${taken(schema)}
SELECT count(*)::text FROM taken`;
}
