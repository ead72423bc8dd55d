import { deadLetterColumns } from "@syncline/core/adapter-kit";
import { bigint, list, optional, text } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { type Places, statement } from "./statement.ts";

/** A page of dead and held deliveries. */
export function deadLetters(schema: string) {
  const parameters = { after: bigint, strategy: optional(text), limit: bigint };
  return statement(
    "dead_letters",
    parameters,
    ({ after, strategy, limit }) => `SELECT ${deadLetterColumns.select(spelling)}
  FROM ${schema}.delivery
 WHERE state <> 'pending' AND id > ${after} AND (${strategy} IS NULL OR strategy = ${strategy})
 ORDER BY id
 LIMIT ${limit}`,
  );
}

const selected = { ids: optional(list(bigint)), strategy: optional(text) };

/** Those that were chosen, locked by id, as everywhere: a dispatch may be reviving the same ones. */
function chosen(schema: string, { ids, strategy }: Places<typeof selected>): string {
  return `WITH chosen AS MATERIALIZED (
  SELECT id FROM ${schema}.delivery
   WHERE state <> 'pending' AND (id = ANY (${ids}) OR strategy = ${strategy})
   ORDER BY id
     FOR UPDATE
)`;
}

/** Makes them due now, with fresh attempts and the next epoch: the same content then goes out under another id. */
export function requeueDeadLetters(schema: string) {
  return statement(
    "requeue",
    selected,
    (places) => `${chosen(schema, places)}, requeued AS (
  UPDATE ${schema}.delivery AS d
     SET state = 'pending', token = NULL, due_at = statement_timestamp(), attempts = 0, epoch = d.epoch + 1,
         debounced = false, failure_kind = NULL, failure_code = NULL, failure_message = NULL, died_at = NULL
    FROM chosen
   WHERE d.id = chosen.id
  RETURNING d.id
)
SELECT count(*)::text FROM requeued`,
  );
}

export function discardDeadLetters(schema: string) {
  return statement(
    "discard",
    selected,
    (places) => `${chosen(schema, places)}, discarded AS (
  DELETE FROM ${schema}.delivery AS d USING chosen WHERE d.id = chosen.id RETURNING d.id
)
SELECT count(*)::text FROM discarded`,
  );
}
