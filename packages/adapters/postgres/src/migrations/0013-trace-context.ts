import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Where the trace context of a change stands, on its way to the delivery. A recorder names the
 * column; functions, triggers and everything else that records take it from the session's setting
 * `syncline.traceparent`, if it is set and W3C's. `schema` is a quoted identifier.
 *
 * The default is set apart from the column: as part of ADD COLUMN it would be the existing rows',
 * too.
 */
export function traceContext(schema: string): readonly string[] {
  return [
    `ALTER TABLE ${schema}.change ADD COLUMN traceparent text`,
    `ALTER TABLE ${schema}.change ALTER COLUMN traceparent SET DEFAULT ${sessionsTrace}`,
    `ALTER TABLE ${schema}.delivery ADD COLUMN traceparent text`,
    grantRecording(schema),
  ];
}

const sessionsTrace =
  "pg_catalog.substring(pg_catalog.current_setting('syncline.traceparent', true), '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$')";

/**
 * Whoever may record by columns may record this one: with tracing on, its recorder names it. Workers,
 * which may say when a change was recorded, need not.
 */
const grantRecording = (schema: string) => `DO $body$
DECLARE
  recorder record;
BEGIN
  FOR recorder IN
    SELECT DISTINCT r.rolname
      FROM pg_catalog.pg_attribute AS a
     CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS g
      JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.grantee
     WHERE a.attrelid OPERATOR(pg_catalog.=) ${quoteLiteral(`${schema}.change`)}::pg_catalog.regclass
       AND a.attname OPERATOR(pg_catalog.=) 'condition' AND g.privilege_type OPERATOR(pg_catalog.=) 'INSERT'
       AND NOT EXISTS (
             SELECT FROM pg_catalog.pg_attribute AS w CROSS JOIN LATERAL pg_catalog.aclexplode(w.attacl) AS also
              WHERE w.attrelid OPERATOR(pg_catalog.=) a.attrelid AND w.attname OPERATOR(pg_catalog.=) 'recorded_at'
                AND also.grantee OPERATOR(pg_catalog.=) g.grantee AND also.privilege_type OPERATOR(pg_catalog.=) 'INSERT')
  LOOP
    EXECUTE pg_catalog.format('GRANT INSERT (traceparent) ON ${schema.replaceAll("'", "''").replaceAll("%", "%%")}.change TO %I', recorder.rolname);
  END LOOP;
END
$body$`;
