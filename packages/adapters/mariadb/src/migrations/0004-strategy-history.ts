import { bytewise, strategyName } from "../sql/column-types.ts";
import { now } from "../sql/spelling.ts";

/**
 * Each version of each strategy, by triggers that run as whoever migrated: so that edits by hand are
 * kept, too, and whoever edits needs no right to what is kept. A row that is as its last version says
 * is no new one. Each definition may be run again after a break.
 */
export function strategyHistory(schema: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.strategy_history (
  strategy ${strategyName} NOT NULL,
  version INT UNSIGNED NOT NULL,
  changed_at DATETIME(6) NOT NULL DEFAULT (${now}),
  login VARCHAR(400) ${bytewise} NOT NULL DEFAULT (SESSION_USER()),
  author VARCHAR(200) ${bytewise} NULL,
  \`change\` VARCHAR(7) ${bytewise} NOT NULL,
  definition LONGTEXT ${bytewise} NOT NULL,
  enabled BOOLEAN NOT NULL,
  PRIMARY KEY (strategy, version)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `INSERT IGNORE INTO ${schema}.strategy_history (strategy, version, author, \`change\`, definition, enabled)
SELECT name, 1, 'migrate()', 'created', definition, enabled FROM ${schema}.strategy`,
    ...trigger(schema, "insert", kept(schema)),
    ...trigger(schema, "update", `${deleted(schema, "OLD.name <> NEW.name")}\n${kept(schema)}`),
    ...trigger(schema, "delete", deleted(schema, "true")),
    `DROP TRIGGER IF EXISTS ${schema}.strategy_version`,
    `CREATE TRIGGER ${schema}.strategy_version AFTER INSERT ON ${schema}.strategy_history FOR EACH ROW
  INSERT INTO ${schema}.operation (login, actor, action, strategy, selection, \`count\`)
  VALUES (NEW.login, NEW.author, 'edit-strategy', NEW.strategy, CONCAT('{"version":', NEW.version, '}'), 1)`,
  ];
}

function trigger(schema: string, event: string, body: string): readonly string[] {
  const name = `${schema}.strategy_kept_${event}`;
  return [
    `DROP TRIGGER IF EXISTS ${name}`,
    `CREATE TRIGGER ${name} AFTER ${event.toUpperCase()} ON ${schema}.strategy FOR EACH ROW\nBEGIN\n${body}\nEND`,
  ];
}

const columns = "(strategy, version, author, `change`, definition, enabled)";

/** The newest version of the strategy, or NULLs. */
function last(schema: string, name: string): string {
  return `(SELECT 1) AS one LEFT JOIN ${schema}.strategy_history AS last
         ON last.strategy = ${name}
        AND last.version = (SELECT MAX(h.version) FROM ${schema}.strategy_history AS h WHERE h.strategy = ${name})`;
}

function kept(schema: string): string {
  return `INSERT INTO ${schema}.strategy_history ${columns}
  SELECT NEW.name, COALESCE(last.version, 0) + 1, LEFT(@syncline_actor, 200),
         IF(COALESCE(last.\`change\`, 'deleted') = 'deleted', 'created', 'changed'), NEW.definition, NEW.enabled
    FROM ${last(schema, "NEW.name")}
   WHERE COALESCE(last.\`change\`, 'deleted') = 'deleted' OR last.definition <> NEW.definition OR last.enabled <> NEW.enabled;
DELETE FROM ${schema}.strategy_history
 WHERE strategy = NEW.name
   AND version + 500 <= (SELECT newest FROM (SELECT MAX(version) AS newest FROM ${schema}.strategy_history WHERE strategy = NEW.name) AS h);`;
}

function deleted(schema: string, where: string): string {
  return `INSERT INTO ${schema}.strategy_history ${columns}
  SELECT OLD.name, COALESCE(last.version, 0) + 1, LEFT(@syncline_actor, 200), 'deleted', OLD.definition, OLD.enabled
    FROM ${last(schema, "OLD.name")}
   WHERE ${where};`;
}
