import { epochMs } from "./epoch.ts";

/** A page of dead and held deliveries. `$1` the last id seen, `$2` strategy or NULL, `$3` how many. */
export function deadLetters(schema: string): string {
  return `SELECT id::text, strategy, key, state, operation, attempts::text, epoch::text,
       coalesce(failure_kind, ''), coalesce(failure_code, ''), coalesce(failure_message, ''), ${epochMs("died_at")}::text
  FROM ${schema}.delivery
 WHERE state <> 'pending' AND id > $1::bigint AND ($2::text IS NULL OR strategy = $2::text)
 ORDER BY id
 LIMIT $3::bigint`;
}

/**
 * Those that were chosen: `$1` ids or NULL, `$2` strategy or NULL. Locked by id, as everywhere: a dispatch may be
 * reviving the same ones.
 */
function chosen(schema: string): string {
  return `WITH chosen AS MATERIALIZED (
  SELECT id FROM ${schema}.delivery
   WHERE state <> 'pending' AND (id = ANY ($1::bigint[]) OR strategy = $2::text)
   ORDER BY id
     FOR UPDATE
)`;
}

/** Makes them due now, with fresh attempts and the next epoch: the same content then goes out under another id. */
export function requeueDeadLetters(schema: string): string {
  return `${chosen(schema)}, requeued AS (
  UPDATE ${schema}.delivery AS d
     SET state = 'pending', token = NULL, due_at = statement_timestamp(), attempts = 0, epoch = d.epoch + 1,
         debounced = false, failure_kind = NULL, failure_code = NULL, failure_message = NULL, died_at = NULL
    FROM chosen
   WHERE d.id = chosen.id
  RETURNING d.id
)
SELECT count(*)::text FROM requeued`;
}

export function discardDeadLetters(schema: string): string {
  return `${chosen(schema)}, discarded AS (
  DELETE FROM ${schema}.delivery AS d USING chosen WHERE d.id = chosen.id RETURNING d.id
)
SELECT count(*)::text FROM discarded`;
}
