/** What workers share beside the deliveries, and the strategies. `schema` is a quoted identifier. */
export function strategies(schema: string): readonly string[] {
  return [
    dispatcher(schema),
    `INSERT INTO ${schema}.dispatcher (id) VALUES (1)`,
    strategy(schema),
    bumpRevision(schema),
    bumpTrigger(schema),
    touch(schema),
    touchTrigger(schema),
    pause(schema),
    refused(schema),
    refusedByCategory(schema),
  ];
}

const dispatcher = (schema: string) => `CREATE TABLE ${schema}.dispatcher (
  id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  strategies_revision bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10)`;

const strategy = (schema: string) => `CREATE TABLE ${schema}.strategy (
  name text COLLATE "C" PRIMARY KEY,
  definition jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
  enabled boolean NOT NULL DEFAULT true,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

// In the editor's own transaction, and on the row that a dispatch locks: so no change is dispatched between an edit and
// its commit, and the first dispatch after it knows of it. SECURITY DEFINER, so that whoever may edit strategies needs
// no right to the lock table; the search path is fixed because of it.
const bumpRevision = (schema: string) => `CREATE FUNCTION ${schema}.bump_strategies_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  UPDATE ${schema}.dispatcher SET strategies_revision = strategies_revision + 1 WHERE id = 1;
  RETURN NULL;
END
$body$`;

const bumpTrigger = (schema: string) => `CREATE TRIGGER bump_strategies_revision
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${schema}.strategy
FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`;

const touch = (schema: string) => `CREATE FUNCTION ${schema}.touch_strategy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$body$`;

const touchTrigger = (schema: string) => `CREATE TRIGGER touch_strategy BEFORE UPDATE ON ${schema}.strategy
FOR EACH ROW EXECUTE FUNCTION ${schema}.touch_strategy()`;

const pause = (schema: string) => `CREATE TABLE ${schema}.pause (
  strategy text COLLATE "C" PRIMARY KEY,
  paused_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

const refused = (schema: string) => `CREATE TABLE ${schema}.refused (
  id bigint PRIMARY KEY,
  recorded_at timestamptz NOT NULL,
  category text NOT NULL,
  condition text NOT NULL,
  operation text NOT NULL,
  strategy text,
  reason text NOT NULL
)`;

const refusedByCategory = (schema: string) => `CREATE INDEX refused_category ON ${schema}.refused (category, id)`;
