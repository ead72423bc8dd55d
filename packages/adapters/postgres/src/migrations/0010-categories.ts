import { quoteLiteral } from "../sql/identifier.ts";
import { bumpRevision, bumpTriggers } from "./shared-texts.ts";

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
    bumpRevision(schema, isOther(schema)),
    ...bumpTriggers(schema, "category"),
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

const isOther = (
  schema: string,
) => `TG_RELID NOT IN (${quoteLiteral(`${schema}.strategy`)}::regclass, ${quoteLiteral(`${schema}.category`)}::regclass) THEN
    RAISE EXCEPTION 'bump_strategies_revision() is a trigger of % and % alone',
      ${quoteLiteral(`${schema}.strategy`)}, ${quoteLiteral(`${schema}.category`)}`;
