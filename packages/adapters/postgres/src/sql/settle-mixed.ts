import { type AnswerRow, positionsOf } from "@syncline/core/adapter-kit";
import { milliseconds } from "./epoch.ts";
import { lockLeased } from "./lock-leased.ts";
import { bigint, float8, optional, rows, text, uuid } from "./parameters.ts";
import { byKeys, statement } from "./statement.ts";
import { hasBegun } from "./transaction-step.ts";

/**
 * Settles deliveries that ended in various ways. Answers those that are due again, and those whose
 * lease was lost: one row, of their positions (from 1) joined by commas, and how many there were.
 *
 * A call that failed has counted as an attempt, whether it is tried again (`retry`) or not (`dead`, `held`).
 *
 * What is dead though newer changes had come is due again: a change that is dispatched before the refusal is settled
 * must not fare worse than one that revives the dead letter a moment later.
 */
export function settleMixed(schema: string) {
  // What was accepted had brought all older changes along; what was refused had not.
  const waiting = "CASE WHEN locked.result = 'accepted' THEN statement_timestamp() ELSE d.first_recorded_at END";
  const settlements = rows({
    id: bigint,
    token: uuid,
    revision: bigint,
    result: text,
    delayMs: optional(float8),
    kind: optional(text),
    code: optional(text),
    message: optional(text),
  });
  return statement(
    "settle_mixed",
    { settlements },
    (places) => `WITH given AS MATERIALIZED (
  SELECT * FROM ${places.settlements("g", "n")}
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
         due_at = statement_timestamp() + ${milliseconds("coalesce(locked.delay_ms, 0)")},
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
       (SELECT string_agg(n::text, ',') FROM given WHERE id NOT IN (SELECT found FROM locked)) AS late,
       (SELECT count(*)::text FROM given) AS settled`,
    {
      ...byKeys,
      answer: (rows) =>
        rows.flatMap(([again, late, settled]) => [
          ...unusual(again, "again"),
          ...unusual(late, "late"),
          [settled, "settled"],
        ]),
    },
  );
}

function unusual(positions: unknown, effect: "again" | "late"): readonly AnswerRow[] {
  return positionsOf(positions).map((position) => [position - 1, effect]);
}
