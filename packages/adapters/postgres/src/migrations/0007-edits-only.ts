import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Nobody but an edit of strategies may hold the dispatcher's row. A trigger function may be
 * attached by whoever may execute it, to a table of his own (TEMP tables are open to everybody),
 * and this one runs with its owner's rights: a role that only records could stop all dispatch with
 * it. `schema` is a quoted identifier.
 */
export function editsOnly(schema: string): readonly string[] {
  return [
    bumpRevision(schema),
    `DROP TRIGGER IF EXISTS bump_strategies_revision ON ${schema}.strategy`,
    bumpTrigger(schema, "INSERT", "NEW"),
    bumpTrigger(schema, "UPDATE", "NEW"),
    bumpTrigger(schema, "DELETE", "OLD"),
    bumpTruncate(schema),
    // Asked when a trigger is made, and not when it fires.
    `REVOKE ALL ON FUNCTION ${schema}.bump_strategies_revision(), ${schema}.touch_strategy() FROM PUBLIC`,
  ];
}

// Statements that change no row take no lock: DELETE … WHERE false in an open transaction stopped
// dispatch, too.
const bumpRevision = (
  schema: string,
) => `CREATE OR REPLACE FUNCTION ${schema}.bump_strategies_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF TG_RELID <> ${quoteLiteral(`${schema}.strategy`)}::regclass THEN
    RAISE EXCEPTION 'bump_strategies_revision() is a trigger of % alone', ${quoteLiteral(`${schema}.strategy`)}
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
) => `CREATE TRIGGER bump_on_${event.toLowerCase()} AFTER ${event} ON ${schema}.strategy
REFERENCING ${rows} TABLE AS edited FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`;

const bumpTruncate = (schema: string) => `CREATE TRIGGER bump_on_truncate AFTER TRUNCATE ON ${schema}.strategy
FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.bump_strategies_revision()`;
