import { binary, instant, strategyName, word } from "../sql/column-types.ts";

/**
 * Each version of each strategy, by a trigger that belongs to the schema's owner: so that edits by
 * hand are kept, too, and whoever edits needs no right to what is kept. A row that is as its last
 * version says is no new one: the trigger is also set off by `strategy_edited`. Who edits for
 * another says so in the session: `EXEC sp_set_session_context N'syncline.actor', N'ann'`.
 * `schema` is a quoted identifier.
 */
export function strategyHistory(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.strategy_history (
  strategy ${strategyName} NOT NULL,
  version int NOT NULL,
  changed_at ${instant} NOT NULL CONSTRAINT strategy_history_changed_at DEFAULT SYSUTCDATETIME(),
  login nvarchar(128) NOT NULL CONSTRAINT strategy_history_login DEFAULT ORIGINAL_LOGIN(),
  author nvarchar(200) NULL,
  change ${word} NOT NULL,
  definition nvarchar(max) NOT NULL,
  enabled bit NOT NULL,
  CONSTRAINT strategy_history_pk PRIMARY KEY (strategy, version)
)`,
    `INSERT INTO ${schema}.strategy_history (strategy, version, author, change, definition, enabled)
SELECT name, 1, N'migrate()', 'created', definition, enabled FROM ${schema}.strategy`,
    kept(schema),
  ];
}

const last = (schema: string, name: string) => `OUTER APPLY (
         SELECT TOP (1) h.version, h.change, h.definition, h.enabled
           FROM ${schema}.strategy_history AS h WHERE h.strategy = ${name} ORDER BY h.version DESC) AS last`;

const kept = (schema: string) => `CREATE TRIGGER ${schema}.strategy_kept ON ${schema}.strategy
AFTER INSERT, UPDATE, DELETE AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF NOT EXISTS (SELECT 1 FROM inserted) AND NOT EXISTS (SELECT 1 FROM deleted) RETURN;
DECLARE @author nvarchar(200) = LEFT(CAST(SESSION_CONTEXT(N'syncline.actor') AS nvarchar(4000)), 200);
DECLARE @new TABLE (strategy ${strategyName} NOT NULL PRIMARY KEY, version int NOT NULL, change ${word} NOT NULL,
  definition nvarchar(max) NOT NULL, enabled bit NOT NULL);
INSERT INTO @new (strategy, version, change, definition, enabled)
SELECT d.name, COALESCE(last.version, 0) + 1, 'deleted', d.definition, d.enabled
  FROM deleted AS d
  ${last(schema, "d.name")}
 WHERE NOT EXISTS (SELECT 1 FROM inserted AS i WHERE i.name = d.name) AND COALESCE(last.change, 'created') <> 'deleted';
INSERT INTO @new (strategy, version, change, definition, enabled)
SELECT i.name, COALESCE(last.version, 0) + 1, CASE WHEN COALESCE(last.change, 'deleted') = 'deleted' THEN 'created' ELSE 'changed' END,
       i.definition, i.enabled
  FROM inserted AS i
  ${last(schema, "i.name")}
 WHERE COALESCE(last.change, 'deleted') = 'deleted' OR last.enabled <> i.enabled
    OR last.definition <> i.definition ${binary};
INSERT INTO ${schema}.strategy_history (strategy, version, author, change, definition, enabled)
SELECT n.strategy, n.version, @author, n.change, n.definition, n.enabled FROM @new AS n;
INSERT INTO ${schema}.operation (actor, action, strategy, selection, count)
SELECT @author, 'edit-strategy', n.strategy, N'{"version":' + CAST(n.version AS nvarchar(11)) + N'}', 1 FROM @new AS n;
DELETE h
  FROM ${schema}.strategy_history AS h
  JOIN @new AS n ON n.strategy = h.strategy AND h.version <= n.version - 500;
END`;
