/** The roles of the server that let a template do more than read, and what that is. */
const strongRoles = [
  "pg_execute_server_program",
  "pg_write_server_files",
  "pg_read_server_files",
  "pg_signal_backend",
  "pg_write_all_data",
  "pg_maintain",
  "pg_checkpoint",
  "pg_create_subscription",
];

/** Those that show more than tables that were meant: all tables, and what other sessions run. */
const seeingRoles = ["pg_read_all_data", "pg_read_all_stats", "pg_monitor"];

/**
 * Functions of the server that everybody may execute, and that do something in a read-only
 * transaction, or would in an older server.
 */
const actingFunctions = [
  "pg_logical_emit_message",
  "lo_creat",
  "lo_create",
  "lo_from_bytea",
  "lo_put",
  "lo_truncate",
  "lo_truncate64",
  "lo_unlink",
  "lowrite",
];

/**
 * Functions with which strategies may get into each other's way, and that applications or
 * Syncline's own reads may need.
 */
const meddlingFunctions = [
  "pg_cancel_backend",
  "pg_terminate_backend",
  "pg_advisory_lock",
  "pg_advisory_lock_shared",
  "pg_try_advisory_lock",
  "pg_try_advisory_lock_shared",
  "pg_advisory_xact_lock",
  "pg_advisory_xact_lock_shared",
  "pg_try_advisory_xact_lock",
  "pg_try_advisory_xact_lock_shared",
];

/** Extensions whose functions reach other servers or files. */
const reachingExtensions = ["dblink", "http", "pg_net", "plproxy", "adminpack", "file_fdw", "postgres_fdw"];

const texts = (names: readonly string[]) => `ARRAY[${names.map((name) => `'${name}'`).join(", ")}]::text[]`;

const theirOwn = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

/**
 * The search path that its templates have, which is the session's: the one at hand is set by
 * whoever asks.
 */
const ownPath = `ARRAY(
     SELECT CASE s.name WHEN '$user' THEN session_user::text ELSE s.name END
       FROM (SELECT pg_catalog.btrim(part, ' "') AS name
               FROM pg_catalog.pg_settings AS p, pg_catalog.regexp_split_to_table(p.reset_val, ',') AS part
              WHERE p.name = 'search_path') AS s)`;

/**
 * What the session's login may do beyond reading, a row each: [kind, what]. `$1`: Syncline's own
 * login, `$2`: its schema. Nothing is changed, and it runs on a replica. BYPASSRLS is left out: a
 * reading login may need it.
 */
export const surplusRights = `WITH me AS (
  SELECT r.* FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user
), routine AS (
  SELECT p.oid, p.proname, n.nspname, p.prosecdef, p.proowner, p.prorettype, l.lanname, l.lanpltrusted, e.extname
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_depend AS d
      ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
    CROSS JOIN me
   WHERE (p.proname::text = ANY (${texts([...actingFunctions, ...meddlingFunctions])}) OR ${theirOwn})
     AND pg_catalog.has_function_privilege(me.oid, p.oid, 'EXECUTE')
     AND pg_catalog.has_schema_privilege(me.oid, n.oid, 'USAGE')
), writable AS (
  SELECT n.nspname || '.' || c.relname AS name
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace CROSS JOIN me
   WHERE c.relkind IN ('r', 'p', 'v', 'f') AND ${theirOwn}
     AND (pg_catalog.has_table_privilege(me.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
          OR pg_catalog.has_any_column_privilege(me.oid, c.oid, 'INSERT, UPDATE'))
), found AS (
  SELECT 1 AS rank, 'superuser' AS kind, '' AS what FROM me WHERE me.rolsuper
  UNION ALL
  SELECT 2, 'own', $1::text FROM me
   WHERE session_user = $1::text OR EXISTS (
     SELECT FROM pg_catalog.pg_roles AS o
      WHERE o.rolname = $1::text AND NOT o.rolsuper AND pg_catalog.pg_has_role(me.oid, o.oid, 'MEMBER'))
  UNION ALL
  SELECT 3, 'attribute', a.name
    FROM me CROSS JOIN LATERAL (VALUES ('REPLICATION', me.rolreplication), ('CREATEROLE', me.rolcreaterole)) AS a(name, has)
   WHERE a.has
  UNION ALL
  SELECT 4, 'member', g.rolname::text FROM me CROSS JOIN pg_catalog.pg_roles AS g
   WHERE g.rolname::text = ANY (${texts(strongRoles)}) AND pg_catalog.pg_has_role(me.oid, g.oid, 'MEMBER')
  UNION ALL
  SELECT 5, 'write', (SELECT string_agg(f.name, ', ') FROM (SELECT w.name FROM writable AS w ORDER BY 1 LIMIT 5) AS f)
   WHERE EXISTS (SELECT FROM writable)
  UNION ALL
  SELECT 6, 'see', g.rolname::text FROM me CROSS JOIN pg_catalog.pg_roles AS g
   WHERE g.rolname::text = ANY (${texts(seeingRoles)}) AND pg_catalog.pg_has_role(me.oid, g.oid, 'MEMBER')
  UNION ALL
  SELECT 6, 'schema', n.nspname::text FROM me CROSS JOIN pg_catalog.pg_namespace AS n
   WHERE n.nspname::text = $2::text AND pg_catalog.has_schema_privilege(me.oid, n.oid, 'USAGE')
  UNION ALL
  SELECT 6, 'create', string_agg(n.nspname, ', ' ORDER BY n.nspname)
    FROM pg_catalog.pg_namespace AS n CROSS JOIN me
   WHERE ${theirOwn} AND pg_catalog.has_schema_privilege(me.oid, n.oid, 'CREATE') HAVING count(*) > 0
  UNION ALL
  SELECT 6, 'path', string_agg(n.nspname, ', ' ORDER BY n.nspname)
    FROM me CROSS JOIN pg_catalog.pg_namespace AS n
   WHERE n.nspname = ANY (${ownPath}) AND ${theirOwn} AND pg_catalog.has_schema_privilege(me.oid, n.oid, 'USAGE')
     AND EXISTS (
       SELECT FROM pg_catalog.pg_roles AS o
        WHERE NOT o.rolsuper AND o.oid <> me.oid AND o.rolname <> $1::text AND o.rolname !~ '^pg_'
          AND NOT pg_catalog.pg_has_role(o.oid, n.nspowner, 'MEMBER')
          AND pg_catalog.has_schema_privilege(o.oid, n.oid, 'CREATE'))
  HAVING count(*) > 0
  UNION ALL
  SELECT DISTINCT 7, 'act', r.proname::text FROM routine AS r
   WHERE r.nspname = 'pg_catalog' AND r.proname::text = ANY (${texts(actingFunctions)})
  UNION ALL
  SELECT DISTINCT 8, 'meddle', r.proname::text FROM routine AS r
   WHERE r.nspname = 'pg_catalog' AND r.proname::text = ANY (${texts(meddlingFunctions)})
  UNION ALL
  SELECT DISTINCT 9, 'extension', r.extname::text FROM routine AS r WHERE r.extname::text = ANY (${texts(reachingExtensions)})
  UNION ALL
  SELECT 10, 'language', r.nspname || '.' || r.proname FROM routine AS r
   WHERE NOT r.lanpltrusted AND r.lanname NOT IN ('internal', 'c')
  UNION ALL
  SELECT 11, 'definer', r.nspname || '.' || r.proname FROM routine AS r CROSS JOIN me
   WHERE r.prosecdef AND r.proowner <> me.oid AND r.extname IS NULL AND r.nspname <> 'pg_catalog'
     AND r.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
)
SELECT session_user::text, f.kind, f.what FROM found AS f WHERE f.rank <= 2 OR NOT EXISTS (SELECT FROM me WHERE me.rolsuper)
 ORDER BY f.rank, f.what`;

/** Who asks. */
export const ownLogin = "SELECT session_user::text";
