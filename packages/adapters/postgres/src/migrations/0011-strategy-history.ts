import { quoteLiteral } from "../sql/identifier.ts";
import { grantToRoles } from "./shared-texts.ts";

/**
 * Each version of each strategy, by a trigger: so that edits by hand are kept, too. A row that is as
 * its last version says is no new one, be it written by an upsert, or by a restore of a backup.
 * `schema` is a quoted identifier.
 */
export function strategyHistory(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.strategy_history (
  strategy text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  login text NOT NULL DEFAULT session_user,
  author text,
  change text NOT NULL CHECK (change IN ('created', 'changed', 'deleted')),
  definition jsonb NOT NULL,
  enabled boolean NOT NULL,
  PRIMARY KEY (strategy, version)
)`,
    keepVersion(schema),
    `REVOKE ALL ON FUNCTION ${schema}.keep_strategy_version() FROM PUBLIC`,
    `INSERT INTO ${schema}.strategy_history (strategy, version, changed_at, author, change, definition, enabled)
SELECT name, 1, updated_at, 'migrate()', 'created', definition, enabled FROM ${schema}.strategy`,
    `CREATE TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON ${schema}.strategy
FOR EACH ROW EXECUTE FUNCTION ${schema}.keep_strategy_version()`,
    `CREATE TRIGGER keep_version_truncated BEFORE TRUNCATE ON ${schema}.strategy
FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.keep_strategy_version()`,
    grantReading(schema),
  ];
}

// With its owner's rights: whoever may edit strategies can change nothing of what is kept.
const keepVersion = (schema: string) => `CREATE FUNCTION ${schema}.keep_strategy_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  by_name text := nullif(left(current_setting('syncline.actor', true), 200), '');
  last ${schema}.strategy_history%ROWTYPE;
BEGIN
  IF TG_RELID <> ${quoteLiteral(`${schema}.strategy`)}::regclass THEN
    RAISE EXCEPTION 'keep_strategy_version() is a trigger of % alone', ${quoteLiteral(`${schema}.strategy`)}
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO ${schema}.strategy_history (strategy, version, author, change, definition, enabled)
    SELECT s.name, (SELECT coalesce(max(h.version), 0) + 1 FROM ${schema}.strategy_history AS h WHERE h.strategy = s.name),
           by_name, 'deleted', s.definition, s.enabled
      FROM ${schema}.strategy AS s;
    INSERT INTO ${schema}.operation (actor, action, selection, count)
    SELECT by_name, 'edit-strategy', '{"change":"all deleted"}', count(*) FROM ${schema}.strategy HAVING count(*) > 0;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.name IS DISTINCT FROM NEW.name THEN
    SELECT * INTO last FROM ${schema}.strategy_history WHERE strategy = OLD.name ORDER BY version DESC LIMIT 1;
    INSERT INTO ${schema}.strategy_history (strategy, version, author, change, definition, enabled)
    VALUES (OLD.name, coalesce(last.version, 0) + 1, by_name, 'deleted', OLD.definition, OLD.enabled);
    INSERT INTO ${schema}.operation (actor, action, strategy, selection, count)
    VALUES (by_name, 'edit-strategy', OLD.name, '{"change":"deleted"}', 1);
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN NULL; END IF;
  SELECT * INTO last FROM ${schema}.strategy_history WHERE strategy = NEW.name ORDER BY version DESC LIMIT 1;
  IF last.change <> 'deleted' AND last.definition = NEW.definition AND last.enabled = NEW.enabled THEN RETURN NULL; END IF;
  INSERT INTO ${schema}.strategy_history (strategy, version, author, change, definition, enabled)
  VALUES (NEW.name, coalesce(last.version, 0) + 1, by_name,
          CASE WHEN last.change IS NULL OR last.change = 'deleted' THEN 'created' ELSE 'changed' END, NEW.definition, NEW.enabled);
  INSERT INTO ${schema}.operation (actor, action, strategy, selection, count)
  VALUES (by_name, 'edit-strategy', NEW.name,
          json_build_object('version', coalesce(last.version, 0) + 1)::text, 1);
  DELETE FROM ${schema}.strategy_history WHERE strategy = NEW.name AND version <= last.version - 499;
  RETURN NULL;
END
$body$`;

/** Whoever may read strategies may read what they were. */
const grantReading = (schema: string) =>
  grantToRoles(schema, {
    ...{ as: "reader", privilege: "SELECT", table: "strategy" },
    ...{ rights: "SELECT", on: "strategy_history" },
  });
