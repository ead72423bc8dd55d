import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Backfills, and where each stands. Under which login one began is its default. Whoever acts may
 * add and change, and delete nothing. `schema` is a quoted identifier.
 */
export function backfills(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.backfill (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'done', 'failed', 'cancelled')),
  strategy text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  fields text NOT NULL,
  keys text NOT NULL,
  all_keys boolean NOT NULL,
  key_order text NOT NULL,
  position text,
  done bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0,
  estimated_total bigint,
  by_index boolean,
  chunk integer NOT NULL,
  rate float8,
  max_waiting bigint,
  login text NOT NULL DEFAULT session_user,
  actor text,
  reason text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  driven_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  driven_from bigint NOT NULL DEFAULT 0,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  error text,
  owner uuid,
  lease_until timestamptz
)`,
    grantToWorkers(schema),
  ];
}

/** Roles that settle deliveries are workers' and operators'. */
const grantToWorkers = (schema: string) => `DO $body$
DECLARE
  worker record;
BEGIN
  FOR worker IN
    SELECT DISTINCT r.rolname
      FROM pg_catalog.pg_class AS c
     CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
      JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) a.grantee
     WHERE c.oid OPERATOR(pg_catalog.=) ${quoteLiteral(`${schema}.delivery`)}::pg_catalog.regclass
       AND a.privilege_type OPERATOR(pg_catalog.=) 'UPDATE' AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
  LOOP
    EXECUTE pg_catalog.format('GRANT SELECT, INSERT, UPDATE ON ${schema.replaceAll("'", "''").replaceAll("%", "%%")}.backfill TO %I', worker.rolname);
  END LOOP;
END
$body$`;
