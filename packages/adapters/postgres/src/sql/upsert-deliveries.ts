import { milliseconds } from "./epoch.ts";
import { unnest } from "./unnest.ts";

/**
 * Folds deliveries in, or inserts them, leased where asked.
 *
 * `$1` how many · lanes, one for each distinct way of leasing: `$2` strategies, `$3` tokens, `$4` lease ms, `$5` quiet
 * ms, `$6` longest quiet ms · deliveries: `$7` lane (from 1), `$8` keys, `$9` ordinals, `$10` operations,
 * `$11` first recorded (epoch ms), `$12` changes, `$13` whether it is its key's first.
 *
 * Returns one row: base, inserted, folded, and the positions (from 1) of what was leased, joined by commas.
 *
 * - Arrays, since unnest took 17.6 µs a delivery where json_to_recordset took 20 (dispatch, 1,000 at a time).
 * - Revisions come as one block of the sequence, since a thousand nextval() cost more than one; setval after nextval is
 *   safe because only the holder of the dispatcher lock draws. Delivery n gets base + n, and a new one the same as
 *   its id: so `id = revision` tells an insert from a fold, without the server's xmax.
 * - `ORDER BY n`: rows come sorted in lock order (lock-order.ts), in which settle and renew lock too.
 * - A fold meets a locked row in its newest version: DO UPDATE waits, and then reads what is there.
 * - A key whose changes go out one by one (ordinal above 0) is leased only while it has no other delivery. They go out in
 *   the order of their revisions, so that these never go backwards: a lower id that is committed late comes later.
 * - A back-off is left alone, but what a quiet window holds back (`debounced`) is put off.
 */
export function upsertDeliveries(schema: string): string {
  const now = "statement_timestamp()";
  return `WITH block AS MATERIALIZED (
  SELECT setval('${schema}.revision'::regclass, nextval('${schema}.revision'::regclass) + $1::bigint - 1) - $1::bigint AS base
), lane AS MATERIALIZED (
  SELECT l.number, l.strategy, l.quiet, l.longest,
         CASE WHEN pause.strategy IS NULL AND l.quiet IS NULL THEN l.token END AS token,
         ${now} + ${milliseconds("l.lease")} AS leased_until
    FROM ${unnest("$2::text[]", "$3::uuid[]", "$4::float8[]", "$5::float8[]", "$6::float8[]")}
         WITH ORDINALITY AS l(strategy, token, lease, quiet, longest, number)
    LEFT JOIN ${schema}.pause ON pause.strategy = l.strategy
), given AS (
  SELECT g.n, g.key, g.ordinal, g.operation, g.changes, to_timestamp(g.first_ms / 1000) AS first_recorded_at,
         lane.strategy, lane.quiet, lane.longest, lane.leased_until, CASE
           WHEN g.leasable AND (g.ordinal = 0 OR NOT EXISTS (
                  SELECT FROM ${schema}.delivery AS o WHERE o.strategy = lane.strategy AND o.key = g.key))
           THEN lane.token END AS token
    FROM ${unnest("$7::int[]", "$8::text[]", "$9::bigint[]", "$10::text[]", "$11::float8[]", "$12::bigint[]", "$13::boolean[]")}
         WITH ORDINALITY AS g(lane, key, ordinal, operation, first_ms, changes, leasable, n)
    JOIN lane ON lane.number = g.lane
), upserted AS (
  INSERT INTO ${schema}.delivery AS d
         (id, strategy, key, ordinal, revision, operation, token, due_at, debounced, first_recorded_at, changes)
  SELECT block.base + g.n, g.strategy, g.key, CASE g.ordinal WHEN 0 THEN 0 ELSE block.base + g.n END, block.base + g.n,
         g.operation, g.token,
         CASE WHEN g.token IS NOT NULL THEN g.leased_until
              WHEN g.quiet IS NOT NULL
              THEN least(${now} + ${milliseconds("g.quiet")}, g.first_recorded_at + ${milliseconds("g.longest")})
              ELSE ${now} END,
         g.quiet IS NOT NULL, g.first_recorded_at, g.changes
    FROM given AS g CROSS JOIN block
   ORDER BY g.n
  ON CONFLICT (strategy, key, ordinal) DO UPDATE SET
    revision = EXCLUDED.revision,
    operation = EXCLUDED.operation,
    first_recorded_at = least(d.first_recorded_at, EXCLUDED.first_recorded_at),
    changes = d.changes + EXCLUDED.changes,
    state = CASE d.state WHEN 'dead' THEN 'pending' ELSE d.state END,
    attempts = CASE d.state WHEN 'dead' THEN 0 ELSE d.attempts END,
    failure_kind = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_kind END,
    failure_code = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_code END,
    failure_message = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_message END,
    died_at = CASE d.state WHEN 'dead' THEN NULL ELSE d.died_at END,
    due_at = CASE
      WHEN d.state = 'dead' THEN ${now}
      WHEN d.state = 'pending' AND d.token IS NULL AND d.debounced AND EXCLUDED.debounced AND d.due_at > ${now}
      THEN least(EXCLUDED.due_at, d.first_recorded_at + (
             SELECT ${milliseconds("lane.longest")} FROM lane
              WHERE lane.strategy = d.strategy AND lane.longest IS NOT NULL LIMIT 1))
      ELSE d.due_at END
  RETURNING d.id, d.revision, d.token IS NOT NULL AS leased
)
SELECT block.base::text,
       count(u.id) FILTER (WHERE u.id = u.revision)::text AS inserted,
       count(u.id) FILTER (WHERE u.id <> u.revision)::text AS folded,
       string_agg((u.id - block.base)::text, ',') FILTER (WHERE u.id = u.revision AND u.leased) AS leased
  FROM block CROSS JOIN upserted AS u
 GROUP BY block.base`;
}
