/**
 * A statement that changes no row (`DELETE … WHERE 1 = 0`) sets off a trigger as well: it locked
 * the dispatcher's row, and with its transaction left open, an editor who had changed nothing
 * stopped every dispatch. What changes a row has to lock it.
 *
 * In two batches of one transaction, as CREATE OR ALTER is younger than SQL Server 2016. `schema`
 * is a quoted identifier.
 */
export function editsOfRows(schema: string): readonly string[] {
  return [`DROP TRIGGER ${schema}.strategy_edited`, strategyEdited(schema)];
}

const strategyEdited = (schema: string) => `CREATE TRIGGER ${schema}.strategy_edited ON ${schema}.strategy
AFTER INSERT, UPDATE, DELETE AS
BEGIN
SET NOCOUNT ON;
IF NOT EXISTS (SELECT 1 FROM inserted) AND NOT EXISTS (SELECT 1 FROM deleted) RETURN;
UPDATE ${schema}.dispatcher SET strategies_revision = strategies_revision + 1 WHERE id = 1;
IF NOT UPDATE(updated_at)
UPDATE s SET updated_at = SYSUTCDATETIME()
  FROM ${schema}.strategy AS s
  JOIN inserted AS i ON i.name = s.name
  JOIN deleted AS d ON d.name = i.name;
END`;
