import { lockLeased } from "./lock-leased.ts";
import { hasBegun } from "./transaction-step.ts";
import { unnest } from "./unnest.ts";

/**
 * Settles deliveries that were all accepted, which is the common case. `$1` ids, `$2` tokens, `$3` revisions, in lock
 * order. Returns one row: the positions (from 1) that are due again, and those whose lease was lost, joined by commas.
 *
 * `id = ANY (ARRAY(…))` goes by the primary key; a join was planned as a hash over all of the table.
 */
export function settleAccepted(schema: string): string {
  return `WITH given AS MATERIALIZED (
  SELECT * FROM ${unnest("$1::bigint[]", "$2::uuid[]", "$3::bigint[]")} WITH ORDINALITY AS g(id, token, revision, n)
   WHERE ${hasBegun} ORDER BY n
), locked AS MATERIALIZED (
  ${lockLeased(schema, "c.id AS found, c.revision AS newest")}
), gone AS (
  DELETE FROM ${schema}.delivery WHERE id = ANY (ARRAY(SELECT found FROM locked WHERE newest = revision))
), again AS (
  UPDATE ${schema}.delivery
     SET ${dueAgain("statement_timestamp()")}
   WHERE id = ANY (ARRAY(SELECT found FROM locked WHERE newest <> revision))
)
SELECT (SELECT string_agg(n::text, ',') FROM locked WHERE newest <> revision) AS again,
       (SELECT string_agg(n::text, ',') FROM given WHERE id NOT IN (SELECT found FROM locked)) AS late`;
}

/** What had newer changes come: as new, and due at once. `firstRecordedAt`: since when it has been waiting. */
export function dueAgain(firstRecordedAt: string): string {
  return `token = NULL, due_at = statement_timestamp(), first_recorded_at = ${firstRecordedAt},
         attempts = 0, changes = 1, debounced = false, failure_kind = NULL, failure_code = NULL, failure_message = NULL`;
}
