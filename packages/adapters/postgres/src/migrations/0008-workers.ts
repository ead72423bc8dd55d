import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Which strategies running workers have: a row for each fifty, as a JSON array, and until when it
 * holds. What has deliveries and is in none of them is stranded. `schema` is a quoted identifier.
 */
export function workers(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.worker (
  id uuid NOT NULL,
  part integer NOT NULL,
  strategies text NOT NULL,
  attends_until timestamptz NOT NULL,
  PRIMARY KEY (id, part)
) WITH (fillfactor = 50)`,
    grantToWorkers(schema),
  ];
}

/**
 * Roles that settle deliveries are workers' roles: else each would have to be granted it by hand,
 * once.
 */
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
    EXECUTE pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema.replaceAll("'", "''").replaceAll("%", "%%")}.worker TO %I', worker.rolname);
  END LOOP;
END
$body$`;
