import { deadCauseColumns, deadCauseExpressions, deadLetterColumns } from "@syncline/core/adapter-kit";
import { milliseconds } from "./epoch.ts";
import { bigint, float8, list, optional, text } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { type Places, statement } from "./statement.ts";

const filter = {
  strategy: optional(text),
  key: optional(text),
  kind: optional(text),
  code: optional(text),
  state: optional(text),
  olderThanMs: optional(float8),
};

/** What is dead or held, and fits. In the words of the index `delivery_dead`. */
function fits({ strategy, key, kind, code, state, olderThanMs }: Places<typeof filter>): string {
  return `state <> 'pending' AND (${strategy} IS NULL OR strategy = ${strategy})
   AND (${key} IS NULL OR strpos(key, ${key}) > 0) AND (${kind} IS NULL OR failure_kind = ${kind})
   AND (${code} IS NULL OR failure_code = ${code}) AND (${state} IS NULL OR state = ${state})
   AND (${olderThanMs} IS NULL OR died_at <= statement_timestamp() - ${milliseconds(olderThanMs)})`;
}

/** A page of dead and held deliveries. */
export function deadLetters(schema: string) {
  return statement(
    "dead_letters",
    { after: bigint, ...filter, limit: bigint },
    ({ after, limit, ...places }) => `SELECT ${deadLetterColumns.select(spelling)}
  FROM ${schema}.delivery
 WHERE id > ${after} AND ${fits(places)}
 ORDER BY delivery.id
 LIMIT ${limit}`,
  );
}

/** What they died of. */
export function deadCauses(schema: string) {
  return statement(
    "dead_causes",
    filter,
    (places) => `SELECT ${deadCauseColumns.select(spelling, { as: deadCauseExpressions })}
  FROM ${schema}.delivery
 WHERE ${fits(places)}
 GROUP BY strategy, failure_kind, failure_code
 ORDER BY count(*) DESC, strategy, failure_kind, failure_code
 LIMIT 1000`,
  );
}

const selected = { ids: list(bigint) };

/** Those that were chosen, locked by id, as everywhere: a dispatch may be reviving the same ones. */
function chosen(schema: string, { ids }: Places<typeof selected>): string {
  return `WITH chosen AS MATERIALIZED (
  SELECT id FROM ${schema}.delivery
   WHERE state <> 'pending' AND id = ANY (${ids})
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
