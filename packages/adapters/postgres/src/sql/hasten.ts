import { bigint, text } from "./parameters.ts";
import { statement } from "./statement.ts";

/** Makes due now what waits for something else to reach the downstream: the next due first. Answers how many. */
export function hastenWaiting(schema: string) {
  return statement(
    "hasten",
    { strategy: text, limit: bigint },
    ({ strategy, limit }) => `WITH waiting AS MATERIALIZED (
  SELECT w.id FROM ${schema}.delivery AS w
   WHERE w.strategy = ${strategy} AND w.state = 'pending' AND w.due_at > statement_timestamp()
     AND w.token IS NULL AND w.failure_kind = 'dependency'
   ORDER BY w.due_at, w.id LIMIT ${limit} FOR UPDATE SKIP LOCKED
), woken AS (
  UPDATE ${schema}.delivery AS d SET due_at = statement_timestamp()
    FROM waiting WHERE d.id = waiting.id RETURNING d.id
)
SELECT count(*) FROM woken`,
  );
}
