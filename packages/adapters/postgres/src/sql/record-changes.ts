import { quoteLiteral } from "./identifier.ts";

// They run in the application's own session, whose search path is not ours to set: what they call is named
// with its schema, since whoever may create in a schema of that path could define what fits our arguments
// better.

/** Records one change. `$1` category, `$2` condition, `$3` operation. */
export function recordOne(schema: string): string {
  return `INSERT INTO ${schema}.change (category, condition, operation) VALUES ($1, $2, $3)`;
}

/**
 * The same with its trace context, `$4`. Only what has one names the column: a role that records
 * from before it was added may have no right to it, and needs none.
 */
export function recordTracedOne(schema: string): string {
  return `INSERT INTO ${schema}.change (category, condition, operation, traceparent) VALUES ($1, $2, $3, $4)`;
}

/**
 * Records any number of changes, in their order. `$1`: a JSON array of `{ c: category, k: condition, o:
 * operation }`.
 *
 * One JSON text: 205,000 rows/s where unnest had 148,000–183,000. By way of `text`, because some drivers
 * encode a text that is bound to a jsonb parameter as JSON once more.
 */
export function recordMany(schema: string): string {
  return `INSERT INTO ${schema}.change (category, condition, operation)
SELECT c, k, o FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.text::pg_catalog.jsonb)
       AS given(c pg_catalog.text, k pg_catalog.text, o pg_catalog.text)`;
}

/** The same with their trace contexts, as `t`. */
export function recordTraced(schema: string): string {
  return `INSERT INTO ${schema}.change (category, condition, operation, traceparent)
SELECT c, k, o, t FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.text::pg_catalog.jsonb)
       AS given(c pg_catalog.text, k pg_catalog.text, o pg_catalog.text, t pg_catalog.text)`;
}

/**
 * Records changes of one category and one operation, in their order. `$1` category, `$2` operation, `$3` the conditions, each on a line of its
 * own: canonical JSON has no line breaks. A thousand take 2.2 ms where `recordMany` takes 3.4.
 */
export function recordAlike(schema: string): string {
  return `INSERT INTO ${schema}.change (category, condition, operation)
SELECT $1::pg_catalog.text, k, $2::pg_catalog.text
  FROM pg_catalog.unnest(pg_catalog.string_to_array($3::pg_catalog.text, pg_catalog.chr(10))) AS given(k)`;
}

/**
 * The same statement, waking whoever listens once the transaction has committed: still one round
 * trip.
 *
 * @param isAlways also where a transaction may end in PREPARE TRANSACTION, which fails after a NOTIFY.
 */
export function withNotify(insert: string, channel: string, isAlways: boolean): string {
  const when = isAlways ? "" : ` WHERE ${commitsInOnePhase}`;
  return `WITH recorded AS (${insert}) SELECT pg_catalog.pg_notify(${quoteLiteral(channel)}, '')${when}`;
}

/** Whether the server prepares no transactions, as by default. */
export const commitsInOnePhase = "pg_catalog.current_setting('max_prepared_transactions') OPERATOR(pg_catalog.=) '0'";
