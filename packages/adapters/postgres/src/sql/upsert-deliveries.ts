import { carriedEach, carriedList } from "@syncline/core/adapter-kit";
import { milliseconds } from "./epoch.ts";
import { bigint, boolean, float8, int, optional, rows, text, uuid, word } from "./parameters.ts";
import { revisionsBefore } from "./revisions.ts";
import { byKeys, statement } from "./statement.ts";

/**
 * Folds deliveries in, or inserts them, leased where asked.
 *
 * Returns one row: base, inserted, folded, and the positions (from 1) of what was leased, joined by commas.
 *
 * - Arrays, since unnest took 17.6 µs a delivery where json_to_recordset took 20 (dispatch, 1,000 at a time).
 * - Revisions come as one block (`revisionsBefore`). Delivery n gets base + n, and a new one the
 *   same as its id.
 * - Only the holder of the dispatcher lock inserts, too: what `found` does not see is not there, and no ON CONFLICT is needed. What it
 *   sees may be settled before it is folded into; then it is inserted anew.
 * - `ORDER BY found`: rows are locked by their ids, as settle, renew, requeue and discard lock them. Nested loops keep the order
 *   (`planByKeys`). A fold meets a locked row in its newest version: it waits, and then reads what is there.
 * - What lanes have in common is looked up by its place in arrays: no join, so that none can be planned badly.
 * - Only what has nothing else of its key is leased. What goes out one by one (ordinal above 0) does
 *   so in the order of revisions: a lower id that is committed late comes later.
 * - What coalesces folds into the key's first, and what was written one by one behind that goes: it
 *   would be sent later, with a lower revision. One look at the key's last says what there is.
 * - A back-off is left alone, but what a quiet window holds back (`debounced`) is put off.
 */
export function upsertDeliveries(schema: string) {
  const now = "statement_timestamp()";
  const carriedOf = (row: string) => carriedList((column) => `${row}.${column}`);
  return statement(
    "upsert",
    { count: bigint, lanes, deliveries },
    (places) => `WITH block AS MATERIALIZED (
  SELECT ${revisionsBefore(schema, places.count)} AS base
), lanes AS MATERIALIZED (
  SELECT array_agg(l.strategy ORDER BY l.number) AS strategies, array_agg(l.quiet_ms ORDER BY l.number) AS quiet,
         array_agg(l.longest_ms ORDER BY l.number) AS longest,
         array_agg(${now} + ${milliseconds("l.lease_ms")} ORDER BY l.number) AS leased_until,
         array_agg(CASE WHEN pause.strategy IS NULL AND l.quiet_ms IS NULL THEN l.token END ORDER BY l.number) AS tokens
    FROM ${places.lanes("l", "number")}
    LEFT JOIN ${schema}.pause ON pause.strategy = l.strategy
), given AS MATERIALIZED (
  SELECT g.n, g.key, g.ordinal, ${carriedOf("g")}, g.changes, to_timestamp(g.first_recorded_at / 1000) AS first_recorded_at,
         g.strategy, g.leased_until, g.quiet * interval '1 millisecond' AS quiet, g.longest * interval '1 millisecond' AS longest,
         CASE WHEN g.leasable AND last.id IS NULL THEN g.token END AS token,
         g.ordinal = 0 AND last.ordinal > 0 AS merges,
         CASE WHEN g.ordinal > 0 THEN NULL WHEN last.ordinal > 0 THEN (
           SELECT o.id FROM ${schema}.delivery AS o
            WHERE o.strategy = g.strategy AND o.key = g.key ORDER BY o.ordinal LIMIT 1) ELSE last.id END AS found
    FROM (
      SELECT d.*, lanes.strategies[d.lane] AS strategy, lanes.tokens[d.lane] AS token, lanes.quiet[d.lane] AS quiet,
             lanes.longest[d.lane] AS longest, lanes.leased_until[d.lane] AS leased_until
        FROM ${places.deliveries("d", "n")}
       CROSS JOIN lanes OFFSET 0) AS g
    LEFT JOIN LATERAL (
      SELECT o.id, o.ordinal FROM ${schema}.delivery AS o
       WHERE o.strategy = g.strategy AND o.key = g.key ORDER BY o.ordinal DESC LIMIT 1) AS last ON true
), merged AS (
  DELETE FROM ${schema}.delivery AS d
   WHERE d.id = ANY (ARRAY(
     SELECT behind.id FROM given AS g CROSS JOIN LATERAL (
       SELECT o.id FROM ${schema}.delivery AS o
        WHERE o.strategy = g.strategy AND o.key = g.key ORDER BY o.ordinal OFFSET 0) AS behind
      WHERE g.merges AND behind.id <> g.found ORDER BY behind.id))
     AND d.token IS NULL AND d.state <> 'held'
), folded AS (
  UPDATE ${schema}.delivery AS d SET
    revision = block.base + g.n,
    ${carriedList((column) => `${column} = g.${column}`)},
    first_recorded_at = least(d.first_recorded_at, g.first_recorded_at),
    changes = d.changes + g.changes,
    state = CASE d.state WHEN 'dead' THEN 'pending' ELSE d.state END,
    attempts = CASE d.state WHEN 'dead' THEN 0 ELSE d.attempts END,
    failure_kind = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_kind END,
    failure_code = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_code END,
    failure_message = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_message END,
    died_at = CASE d.state WHEN 'dead' THEN NULL ELSE d.died_at END,
    due_at = CASE
      WHEN d.state = 'dead' THEN ${now}
      WHEN d.state = 'pending' AND d.token IS NULL AND d.debounced AND g.quiet IS NOT NULL AND d.due_at > ${now}
      THEN least(${now} + g.quiet, least(d.first_recorded_at, g.first_recorded_at) + g.longest)
      ELSE d.due_at END
    FROM (SELECT * FROM given WHERE found IS NOT NULL ORDER BY found) AS g CROSS JOIN block
   WHERE d.id = g.found
  RETURNING d.id
), inserted AS (
  INSERT INTO ${schema}.delivery AS d
         (id, strategy, key, ordinal, revision, ${carriedList((column) => column)}, token, due_at, debounced, first_recorded_at, changes)
  SELECT block.base + g.n, g.strategy, g.key, CASE WHEN g.ordinal = 0 AND g.merges IS NOT TRUE THEN 0 ELSE block.base + g.n END, block.base + g.n,
         ${carriedOf("g")}, g.token,
         CASE WHEN g.token IS NOT NULL THEN g.leased_until
              WHEN g.quiet IS NOT NULL
              THEN least(${now} + g.quiet, g.first_recorded_at + g.longest)
              ELSE ${now} END,
         g.quiet IS NOT NULL, g.first_recorded_at, g.changes
    FROM given AS g CROSS JOIN block
   WHERE g.found IS NULL OR g.found NOT IN (SELECT id FROM folded)
   ORDER BY g.n
  RETURNING d.id, d.token IS NOT NULL AS leased
)
SELECT block.base::text,
       (SELECT count(*) FROM inserted)::text AS inserted,
       (SELECT count(*) FROM folded)::text AS folded,
       (SELECT string_agg((i.id - block.base)::text, ',') FROM inserted AS i WHERE i.leased) AS leased
  FROM block`,
    byKeys,
  );
}

const lanes = rows({
  strategy: text,
  token: optional(uuid),
  leaseMs: optional(float8),
  quietMs: optional(float8),
  longestMs: optional(float8),
});

const deliveries = rows({
  lane: int,
  key: text,
  ordinal: bigint,
  ...carriedEach((_, { isOptional }) => optional(isOptional ? text : word)),
  firstRecordedAt: float8,
  changes: bigint,
  leasable: boolean,
});
