import { quoteLiteral } from "../sql/identifier.ts";
import { grantToRoles } from "./shared-texts.ts";

/**
 * What operators do. Whoever may act may add an entry, but neither say under which login and when,
 * nor change one or delete it: what is older than 400 days goes with the next entries, by a trigger
 * with its owner's rights. `schema` is a quoted identifier.
 */
export function operations(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.operation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  acted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  login text NOT NULL DEFAULT session_user,
  actor text,
  action text NOT NULL,
  strategy text COLLATE "C",
  reason text,
  selection text NOT NULL DEFAULT '{}',
  count bigint
)`,
    forget(schema),
    `REVOKE ALL ON FUNCTION ${schema}.forget_operations() FROM PUBLIC`,
    `CREATE TRIGGER forget_operations AFTER INSERT ON ${schema}.operation
FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.forget_operations()`,
    grantToWorkers(schema),
  ];
}

// Of the oldest entries alone: it costs the same however many there are.
const forget = (schema: string) => `CREATE FUNCTION ${schema}.forget_operations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF TG_RELID <> ${quoteLiteral(`${schema}.operation`)}::regclass THEN
    RAISE EXCEPTION 'forget_operations() is a trigger of % alone', ${quoteLiteral(`${schema}.operation`)}
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM ${schema}.operation
   WHERE id IN (SELECT id FROM ${schema}.operation ORDER BY id LIMIT 100)
     AND acted_at < statement_timestamp() - interval '400 days';
  RETURN NULL;
END
$body$`;

/** Roles that settle deliveries are workers' and operators'. */
const grantToWorkers = (schema: string) =>
  grantToRoles(schema, {
    ...{ as: "worker", privilege: "UPDATE", table: "delivery" },
    ...{ rights: "SELECT, INSERT (actor, action, strategy, reason, selection, count)", on: "operation" },
  });
