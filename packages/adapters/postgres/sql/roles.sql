-- What each role needs in the schema "syncline", and nothing beyond. PostgreSQL 13 and newer, as a superuser. Run it before
-- the first migrate(), and again after each migrate() that applied something:
--
--   psql --file node_modules/@syncline/postgres/sql/roles.sql "$DATABASE_URL"
--
-- The roles have no LOGIN: grant them to logins of yours, or give them one (ALTER ROLE … LOGIN PASSWORD …).
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['syncline_owner', 'syncline_worker', 'syncline_reader', 'syncline_recorder', 'syncline_editor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I', name); END IF;
  END LOOP;
END
$$;

-- migrate(): owns the schema and what is in it, also what another has made. No right in the rest of the database.
CREATE SCHEMA IF NOT EXISTS syncline;
ALTER SCHEMA syncline OWNER TO syncline_owner;
DO $$
DECLARE
  part text;
BEGIN
  FOR part IN SELECT format('TABLE %s', c.oid::regclass) FROM pg_class AS c
               WHERE c.relnamespace = 'syncline'::regnamespace AND (c.relkind = 'r' OR c.relname = 'revision' AND c.relkind = 'S')
              UNION ALL
              SELECT format('FUNCTION %s', p.oid::regprocedure) FROM pg_proc AS p
               WHERE p.pronamespace = 'syncline'::regnamespace LOOP
    EXECUTE format('ALTER %s OWNER TO syncline_owner', part);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA syncline TO syncline_worker, syncline_recorder, syncline_editor;

DO $$
BEGIN
  -- Before the first migrate() there is nothing to grant yet.
  IF to_regclass('syncline.migration') IS NULL THEN RETURN; END IF;

  -- Workers, and whoever calls status(), pause(), deadLetters and the like: postgres({ connectionString }).
  GRANT SELECT ON syncline.migration TO syncline_worker;
  GRANT SELECT, DELETE ON syncline.change TO syncline_worker;
  GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.delivery TO syncline_worker;
  GRANT USAGE, UPDATE ON SEQUENCE syncline.revision TO syncline_worker;
  -- To lock the row. What stands in it is the trigger's to change.
  GRANT SELECT, UPDATE (id) ON syncline.dispatcher TO syncline_worker;
  GRANT SELECT, INSERT, DELETE ON syncline.refused TO syncline_worker;
  GRANT SELECT, INSERT, DELETE ON syncline.pause TO syncline_worker;
  GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.worker TO syncline_worker;
  -- What operators do: kept, and neither changed nor deleted. Not the whole row: the table says when, and by which login.
  GRANT SELECT, INSERT (actor, action, strategy, reason, selection, count) ON syncline.operation TO syncline_worker;
  -- Backfills and where they stand: kept, and deleted by nobody.
  GRANT SELECT, INSERT, UPDATE ON syncline.backfill TO syncline_worker;
  -- For `strategyTable: true`.
  GRANT SELECT ON syncline.strategy, syncline.strategy_history TO syncline_worker;
  -- For `categoryTable: true`.
  GRANT SELECT ON syncline.category TO syncline_worker;
  -- For backfill() and for changes that were refused. backfill({ keys }) needs SELECT on the tables that `keys` names, too.
  GRANT INSERT (category, condition, operation, strategy, recorded_at) ON syncline.change TO syncline_worker;

  -- Applications that record. Not the whole row: who gives an `id` of his own can make others' recording fail.
  GRANT INSERT (category, condition, operation, traceparent) ON syncline.change TO syncline_recorder;

  -- Whoever edits strategies. An edit that is left open stops dispatch: give the login an end to its patience,
  -- ALTER ROLE … SET idle_in_transaction_session_timeout = '30s'.
  GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.strategy, syncline.category TO syncline_editor;
  GRANT SELECT ON syncline.strategy_history TO syncline_editor;
END
$$;

COMMIT;

-- Strategies are read with a login of their own: postgres({ query: { connectionString } }). It needs SELECT on what strategies name,
-- and nothing of "syncline":
--
--   GRANT SELECT ON orders, customers TO syncline_reader;
--
-- sql/reading-login.sql takes from it what reading does not need.
