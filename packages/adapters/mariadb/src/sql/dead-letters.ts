import { deadLetterColumns } from "@syncline/core/adapter-kit";
import { id } from "./column-types.ts";
import { now, spelling } from "./spelling.ts";
import { statement, valuesOf } from "./statement.ts";

/** A page of dead and held deliveries. */
export function deadLetters(schema: string) {
  return statement<{
    after: string;
    strategy: string | null;
    limit: number;
  }>(`SELECT ${deadLetterColumns.select(spelling)}
  FROM ${schema}.delivery
 WHERE state IN ('dead', 'held') AND id > CAST(:after AS UNSIGNED) AND (:strategy IS NULL OR strategy = :strategy)
 ORDER BY id
 LIMIT :limit`);
}

/** Those of the given ids that are dead or held, locked in their order. */
export function lockGiven(schema: string) {
  return statement<{ ids: readonly string[] }>(`SELECT d.id
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.value
 WHERE d.state <> 'pending'
   FOR UPDATE`);
}

/** The ids of a strategy's dead and held ones behind one, a portion. It locks nothing. */
export function deadOfStrategy(schema: string) {
  return statement<{ strategy: string; after: string; limit: number }>(`SELECT id FROM ${schema}.delivery
 WHERE strategy = :strategy AND state IN ('dead', 'held') AND id > CAST(:after AS UNSIGNED)
 ORDER BY id LIMIT :limit`);
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
