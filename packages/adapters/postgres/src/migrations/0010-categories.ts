import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Categories, whose edits dispatches learn of as of strategies': by the same function, which stays
 * a trigger of these tables alone. `schema` is a quoted identifier.
 */
export function categories(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.category (
  name text COLLATE "C" PRIMARY KEY,
  definition jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`,
    bumpRevision(schema),
    bumpTrigger(schema, "INSERT", "NEW"),
    bumpTrigger(schema, "UPDATE", "NEW"),
    bumpTrigger(schema, "DELETE", "OLD"),
    `CREATE TRIGGER bump_on_truncate AFTER TRUNCATE ON ${schema}.category
FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`,
    `CREATE TRIGGER touch_category BEFORE UPDATE ON ${schema}.category
FOR EACH ROW EXECUTE FUNCTION ${schema}.touch_strategy()`,
    grantAsStrategies(schema),
  ];
}

/** Who may read or edit strategies may do the same with categories. */
const grantAsStrategies = (schema: string) => `DO $body$
DECLARE
  given record;
BEGIN
  FOR given IN
    SELECT r.rolname, a.privilege_type
      FROM pg_catalog.pg_class AS c
     CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
      JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) a.grantee
     WHERE c.oid OPERATOR(pg_catalog.=) ${quoteLiteral(`${schema}.strategy`)}::pg_catalog.regclass
       AND a.privilege_type OPERATOR(pg_catalog.=) ANY ('{SELECT,INSERT,UPDATE,DELETE}'::pg_catalog.text[])
       AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
  LOOP
    EXECUTE pg_catalog.format('GRANT %s ON ${schema.replaceAll("'", "''").replaceAll("%", "%%")}.category TO %I', given.privilege_type, given.rolname);
  END LOOP;
END
$body$`;

const bumpRevision = (
  schema: string,
) => `CREATE OR REPLACE FUNCTION ${schema}.bump_strategies_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF TG_RELID NOT IN (${quoteLiteral(`${schema}.strategy`)}::regclass, ${quoteLiteral(`${schema}.category`)}::regclass) THEN
    RAISE EXCEPTION 'bump_strategies_revision() is a trigger of % and % alone',
      ${quoteLiteral(`${schema}.strategy`)}, ${quoteLiteral(`${schema}.category`)}
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP <> 'TRUNCATE' THEN
    PERFORM FROM edited LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  UPDATE ${schema}.dispatcher SET strategies_revision = strategies_revision + 1 WHERE id = 1;
  RETURN NULL;
END
$body$`;

const bumpTrigger = (
  schema: string,
  event: "INSERT" | "UPDATE" | "DELETE",
  rows: "NEW" | "OLD",
) => `CREATE TRIGGER bump_on_${event.toLowerCase()} AFTER ${event} ON ${schema}.category
REFERENCING ${rows} TABLE AS edited FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`;
