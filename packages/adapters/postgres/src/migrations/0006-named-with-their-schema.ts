import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Nothing that Syncline installs may call what another role has defined: whoever may create in a schema of a
 * session's search path can define what fits better than the server's own. `schema` is a quoted identifier.
 */
export function namedWithTheirSchema(schema: string): readonly string[] {
  return [refuseForeignParts(schema), recordChange(schema), recordChanges(schema)];
}

// Defaults, constraints, columns and indexes keep what was found when they were made. Migrations before this
// one ran on the login's own search path: where that names another schema before pg_catalog, they may have
// found something else.
const refuseForeignParts = (schema: string) => `DO $body$
DECLARE
  parts text;
BEGIN
  SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) || ' uses '
         || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), '; ') INTO parts
    FROM pg_depend AS d
    LEFT JOIN pg_attrdef AS a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    LEFT JOIN pg_constraint AS c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
    LEFT JOIN pg_index AS i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    LEFT JOIN pg_proc AS p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
    LEFT JOIN pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    LEFT JOIN pg_type AS t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
    LEFT JOIN pg_collation AS l ON d.refclassid = 'pg_collation'::regclass AND l.oid = d.refobjid
   WHERE coalesce(a.adrelid, c.conrelid, i.indrelid, CASE d.classid WHEN 'pg_class'::regclass THEN d.objid END) IN
         (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(${quoteLiteral(schema)})
             AND relname IN ('change', 'delivery', 'dispatcher', 'strategy', 'pause', 'refused', 'migration'))
     AND coalesce(p.pronamespace, o.oprnamespace, t.typnamespace, l.collnamespace) <> 'pg_catalog'::regnamespace;
  IF parts IS NOT NULL THEN
    RAISE EXCEPTION 'Syncline''s tables were made while the search path named another schema before pg_catalog, and use what is not the server''s own: %. It runs as whoever writes to them. Drop these parts, or make the tables anew.', parts;
  END IF;
END
$body$`;

// They run on the search path of whoever calls them. A SET clause would be as good, and cost each call what
// setting it and back costs.
const recordChange = (schema: string) =>
  `CREATE OR REPLACE FUNCTION ${schema}.record_change(category text, condition jsonb, operation text DEFAULT 'upsert') RETURNS void
LANGUAGE sql AS $body$
INSERT INTO ${schema}.change (category, condition, operation) VALUES ($1, $2::pg_catalog.text, $3)
$body$`;

const recordChanges = (schema: string) =>
  `CREATE OR REPLACE FUNCTION ${schema}.record_changes(category text, conditions jsonb, operation text DEFAULT 'upsert') RETURNS bigint
LANGUAGE sql AS $body$
WITH recorded AS (
  INSERT INTO ${schema}.change (category, condition, operation)
  SELECT $1, given.condition::pg_catalog.text, $3 FROM pg_catalog.jsonb_array_elements($2) AS given(condition)
  RETURNING 1
)
SELECT pg_catalog.count(*) FROM recorded
$body$`;
