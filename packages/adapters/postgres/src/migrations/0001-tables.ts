/**
 * The tables. `schema` is a quoted identifier.
 *
 * Names and keys have the collation "C": they compare as bytes, which is faster, is the order in which rows are locked,
 * and does not change under an index when the operating system's collations do.
 */
export function tables(schema: string): readonly string[] {
  return [change(schema), revision(schema), delivery(schema), deliveryDue(schema), deliveryDead(schema)];
}

// Rows live for milliseconds: what a poll must step over is what vacuum has not yet removed (a first claim after five
// million unvacuumed rows took 331 ms instead of 9), so vacuum comes by count and not by share, and does not sleep.
const churn =
  "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, " +
  "autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000, " +
  "autovacuum_analyze_scale_factor = 0.5, autovacuum_analyze_threshold = 20000";

const change = (schema: string) => `CREATE TABLE ${schema}.change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  category text NOT NULL,
  condition text NOT NULL,
  operation text NOT NULL DEFAULT 'upsert' CHECK (operation IN ('upsert', 'delete')),
  strategy text
) WITH (${churn})`;

// No cache: a block kept by one session would let a later fold draw a lower revision than an earlier one.
const revision = (schema: string) => `CREATE SEQUENCE ${schema}.revision AS bigint CACHE 1`;

// Columns of fixed width first: no padding. Room on each page lets a fold of a delivery in flight, which touches no
// indexed column, stay on its page (HOT).
const delivery = (schema: string) => `CREATE TABLE ${schema}.delivery (
  id bigint PRIMARY KEY,
  ordinal bigint NOT NULL DEFAULT 0,
  revision bigint NOT NULL,
  due_at timestamptz NOT NULL,
  first_recorded_at timestamptz NOT NULL,
  changes bigint NOT NULL DEFAULT 1,
  token uuid,
  epoch integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  debounced boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'dead', 'held')),
  operation text NOT NULL CHECK (operation IN ('upsert', 'delete')),
  strategy text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  failure_kind text,
  failure_code text,
  failure_message text,
  died_at timestamptz,
  UNIQUE (strategy, key, ordinal)
) WITH (fillfactor = 70, ${churn})`;

const deliveryDue = (schema: string) =>
  `CREATE INDEX delivery_due ON ${schema}.delivery (strategy, due_at, id) WHERE state = 'pending'`;

const deliveryDead = (schema: string) =>
  `CREATE INDEX delivery_dead ON ${schema}.delivery (id) WHERE state <> 'pending'`;
