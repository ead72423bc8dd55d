import { binary, instant } from "../sql/column-types.ts";

/**
 * Categories, whose edits dispatches learn of as of strategies': see `strategyEdited`. `schema` is
 * a quoted identifier.
 */
export function categories(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.category (
  name nvarchar(128) ${binary} NOT NULL CONSTRAINT category_pk PRIMARY KEY,
  definition nvarchar(max) NOT NULL CONSTRAINT category_definition CHECK (ISJSON(definition) = 1),
  updated_at ${instant} NOT NULL CONSTRAINT category_updated_at DEFAULT SYSUTCDATETIME()
)`,
    `CREATE TRIGGER ${schema}.category_edited ON ${schema}.category
AFTER INSERT, UPDATE, DELETE AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF NOT EXISTS (SELECT 1 FROM inserted) AND NOT EXISTS (SELECT 1 FROM deleted) RETURN;
UPDATE ${schema}.dispatcher SET strategies_revision = strategies_revision + 1 WHERE id = 1;
IF NOT UPDATE(updated_at)
UPDATE c SET updated_at = SYSUTCDATETIME()
  FROM ${schema}.category AS c
  JOIN inserted AS i ON i.name = c.name
  JOIN deleted AS d ON d.name = i.name;
END`,
  ];
}
