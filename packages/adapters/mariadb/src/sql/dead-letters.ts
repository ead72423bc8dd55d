import {
  type DeadLetterFilterGiven,
  deadCauseColumns,
  deadCauseExpressions,
  deadLetterColumns,
} from "@syncline/core/adapter-kit";
import { id } from "./column-types.ts";
import { now, spelling, timeAfter } from "./spelling.ts";
import { statement, valuesOf } from "./statement.ts";

type Parameters = { readonly [Name in keyof DeadLetterFilterGiven]: DeadLetterFilterGiven[Name] };

/** What is dead or held, and fits. */
const fits = `state IN ('dead', 'held') AND (:strategy IS NULL OR strategy = :strategy)
   AND (:key IS NULL OR INSTR(\`key\`, :key) > 0) AND (:kind IS NULL OR failure_kind = :kind)
   AND (:code IS NULL OR failure_code = :code) AND (:state IS NULL OR state = :state)
   AND (:olderThanMs IS NULL OR died_at <= ${timeAfter("-CAST(:olderThanMs AS DOUBLE)")})`;

/** A page of dead and held deliveries. */
export function deadLetters(schema: string) {
  return statement<Parameters & { after: string; limit: number }>(`SELECT ${deadLetterColumns.select(spelling)}
  FROM ${schema}.delivery
 WHERE id > CAST(:after AS UNSIGNED) AND ${fits}
 ORDER BY id
 LIMIT :limit`);
}

/** What they died of. */
export function deadCauses(schema: string) {
  return statement<Parameters>(`SELECT ${deadCauseColumns.select(spelling, { as: deadCauseExpressions })}
  FROM ${schema}.delivery FORCE INDEX (delivery_state)
 WHERE ${fits}
 GROUP BY strategy, failure_kind, failure_code
 ORDER BY COUNT(*) DESC, strategy, failure_kind, failure_code
 LIMIT 1000`);
}

/** Those of the given ids that are dead or held, locked in their order. */
export function lockGiven(schema: string) {
  return statement<{ ids: readonly string[] }>(`SELECT d.id
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.value
 WHERE d.state <> 'pending'
   FOR UPDATE`);
}

/** Due now, with fresh attempts and the next epoch: the same content then goes out under another id. */
export function requeueLocked(schema: string) {
  return statement<{ ids: readonly string[] }>(`UPDATE ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.value
   SET d.state = 'pending', d.token = NULL, d.due_at = ${now}, d.attempts = 0, d.epoch = d.epoch + 1,
       d.debounced = false, d.failure_kind = NULL, d.failure_code = NULL, d.failure_message = NULL, d.died_at = NULL`);
}

export function discardLocked(schema: string) {
  return statement<{ ids: readonly string[] }>(`DELETE ${schema}.delivery
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery FORCE INDEX (PRIMARY) ON delivery.id = g.value`);
}
