-- Takes from the login that strategies are read with what reading does not need. PostgreSQL 13 and newer, as a superuser, in
-- each database that is read:
--
--   psql --file node_modules/@syncline/postgres/sql/reading-login.sql "$DATABASE_URL"
--
-- The login is syncline_reader here (roles.sql makes the role); replace the name if yours is another. It may be run again.
-- `pipeline.reviewRights()` tells what is left. Where the superuser is the provider's, the server answers with warnings that
-- nothing could be revoked from its own functions: then ask the provider.
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;

ALTER ROLE syncline_reader NOSUPERUSER NOREPLICATION NOCREATEROLE NOCREATEDB;

DO $$
DECLARE
  name text;
  routine regprocedure;
BEGIN
  -- What lets a template do more than read. BYPASSRLS is left as it is: see "Row-level security" in the README.
  FOR name IN SELECT g.rolname FROM pg_auth_members AS m
                JOIN pg_roles AS g ON g.oid = m.roleid JOIN pg_roles AS r ON r.oid = m.member
               WHERE r.rolname = 'syncline_reader'
                 AND g.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program',
                                   'pg_signal_backend', 'pg_write_all_data', 'pg_maintain', 'pg_checkpoint',
                                   'pg_create_subscription') LOOP
    EXECUTE format('REVOKE %I FROM syncline_reader', name);
  END LOOP;

  -- PUBLIC, and so every role, may execute the server's own functions. These leave something behind in spite of READ ONLY and of a
  -- rollback: messages in the write-ahead log (for logical decoding), and, before PostgreSQL 16, large objects' pages in it.
  -- Applications that send such messages, or keep large objects, need these: grant them what they need, by role.
  FOR routine IN SELECT p.oid FROM pg_proc AS p
                  WHERE p.pronamespace = 'pg_catalog'::regnamespace
                    AND p.proname IN ('pg_logical_emit_message', 'lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put',
                                      'lo_truncate', 'lo_truncate64', 'lo_unlink', 'lowrite') LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
  END LOOP;

  -- With these, strategies get into each other's way. They stay, unless you take out the comment:
  -- · pg_cancel_backend, pg_terminate_backend: a template can cancel or end sessions of its own login, which are other strategies'
  --   reads. Syncline ends reads with them, too; without them, reads end by the server's own time limit.
  -- · advisory locks: a template can wait, or keep others waiting, until its time is up. Many applications use them, and
  --   Syncline's migrations use pg_advisory_xact_lock: GRANT EXECUTE … TO syncline_owner.
  -- FOR routine IN SELECT p.oid FROM pg_proc AS p
  --                 WHERE p.pronamespace = 'pg_catalog'::regnamespace
  --                   AND (p.proname IN ('pg_cancel_backend', 'pg_terminate_backend')
  --                        OR p.proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$') LOOP
  --   EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
  -- END LOOP;

  -- Extensions whose functions reach other servers or files. What else a database has of the kind, reviewRights() may not know.
  FOR routine IN SELECT p.oid FROM pg_proc AS p
                   JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                   JOIN pg_extension AS e ON e.oid = d.refobjid
                  WHERE e.extname IN ('dblink', 'http', 'pg_net', 'plproxy', 'adminpack') AND p.prokind = 'f' LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
  END LOOP;
END
$$;

-- Before PostgreSQL 15 everybody may create objects in "public". Grant it to the roles that shall.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

COMMIT;
