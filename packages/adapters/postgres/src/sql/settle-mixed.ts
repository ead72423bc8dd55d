import { milliseconds } from "./epoch.ts";
import { lockLeased } from "./lock-leased.ts";
import { hasBegun } from "./transaction-step.ts";
import { unnest } from "./unnest.ts";

/**
 * Settles deliveries that ended in various ways. `$1` ids, `$2` tokens, `$3` revisions, `$4` results, `$5` delays in ms,
 * `$6` failure kinds, `$7` codes, `$8` messages. Returns one row: the positions (from 1) that are due again, and those whose lease was
 * lost, joined by commas.
 *
 * A call that failed has counted as an attempt, whether it is tried again (`retry`) or not (`dead`, `held`).
 *
 * What is dead though newer changes had come is due again: a change that is dispatched before the refusal is settled
 * must not fare worse than one that revives the dead letter a moment later.
 */
export function settleMixed(schema: string): string {
  // What was accepted had brought all older changes along; what was refused had not.
  const waiting = "CASE WHEN locked.result = 'accepted' THEN statement_timestamp() ELSE d.first_recorded_at END";
  return `WITH given AS MATERIALIZED (
  SELECT * FROM ${unnest("$1::bigint[]", "$2::uuid[]", "$3::bigint[]", "$4::text[]", "$5::float8[]", "$6::text[]", "$7::text[]", "$8::text[]")}
         WITH ORDINALITY AS g(id, token, revision, result, delay, kind, code, message, n)
   WHERE ${hasBegun} ORDER BY id
), locked AS MATERIALIZED (
  ${lockLeased(schema, "c.id AS found, c.revision AS newest")}
), gone AS (
  DELETE FROM ${schema}.delivery AS d
   USING locked
   WHERE d.id = locked.found AND locked.result = 'accepted' AND locked.newest = locked.revision
), again AS (
  UPDATE ${schema}.delivery AS d
     SET token = NULL, due_at = statement_timestamp(), first_recorded_at = ${waiting},
         attempts = 0, changes = 1, debounced = false, failure_kind = NULL, failure_code = NULL, failure_message = NULL
    FROM locked
   WHERE d.id = locked.found AND locked.result IN ('accepted', 'dead') AND locked.newest <> locked.revision
), kept AS (
  UPDATE ${schema}.delivery AS d
     SET token = NULL, debounced = false,
         state = CASE WHEN locked.result IN ('dead', 'held') THEN locked.result ELSE 'pending' END,
         due_at = statement_timestamp() + ${milliseconds("coalesce(locked.delay, 0)")},
         attempts = d.attempts + CASE locked.result WHEN 'released' THEN 0 ELSE 1 END,
         failure_kind = coalesce(locked.kind, d.failure_kind),
         failure_code = coalesce(locked.code, d.failure_code),
         failure_message = coalesce(locked.message, d.failure_message),
         died_at = CASE WHEN locked.result IN ('dead', 'held') THEN statement_timestamp() END
    FROM locked
   WHERE d.id = locked.found AND locked.result <> 'accepted'
     AND NOT (locked.result = 'dead' AND locked.newest <> locked.revision)
)
SELECT (SELECT string_agg(n::text, ',') FROM locked WHERE result IN ('accepted', 'dead') AND newest <> revision) AS again,
       (SELECT string_agg(n::text, ',') FROM given WHERE id NOT IN (SELECT found FROM locked)) AS late`;
}
