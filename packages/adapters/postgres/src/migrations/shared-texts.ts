import { quoteLiteral } from "../sql/identifier.ts";

/** Texts that several migrations have in common. What was released says the same for ever. */

export interface Grant {
  /** What the block calls a role: `worker`. */
  readonly as: string;
  /** To whoever has this privilege on this table, but for its owner. */
  readonly privilege: string;
  readonly table: string;
  /** The rights, and on which table. */
  readonly rights: string;
  readonly on: string;
}

/** Roles that had rights before a table was there: else each would have to be granted them by hand, once. */
export function grantToRoles(schema: string, { as, privilege, table, rights, on }: Grant): string {
  return `DO $body$
DECLARE
  ${as} record;
BEGIN
  FOR ${as} IN
    SELECT DISTINCT r.rolname
      FROM pg_catalog.pg_class AS c
     CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
      JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) a.grantee
     WHERE c.oid OPERATOR(pg_catalog.=) ${quoteLiteral(`${schema}.${table}`)}::pg_catalog.regclass
       AND a.privilege_type OPERATOR(pg_catalog.=) '${privilege}' AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
  LOOP
    EXECUTE pg_catalog.format('GRANT ${rights} ON ${schema.replaceAll("'", "''").replaceAll("%", "%%")}.${on} TO %I', ${as}.rolname);
  END LOOP;
END
$body$`;
}

/**
 * What raises the revision of definitions. Statements that change no row take no lock: DELETE …
 * WHERE false in an open transaction stopped dispatch, too.
 *
 * @param refused when it refuses to be a trigger, and with which error.
 */
export function bumpRevision(schema: string, refused: string): string {
  return `CREATE OR REPLACE FUNCTION ${schema}.bump_strategies_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF ${refused}
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
}

/** The triggers of one table that call it. */
export function bumpTriggers(schema: string, table: string): readonly string[] {
  const trigger = (event: "INSERT" | "UPDATE" | "DELETE", rows: "NEW" | "OLD") =>
    `CREATE TRIGGER bump_on_${event.toLowerCase()} AFTER ${event} ON ${schema}.${table}
REFERENCING ${rows} TABLE AS edited FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`;
  return [
    trigger("INSERT", "NEW"),
    trigger("UPDATE", "NEW"),
    trigger("DELETE", "OLD"),
    `CREATE TRIGGER bump_on_truncate AFTER TRUNCATE ON ${schema}.${table}
FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`,
  ];
}
