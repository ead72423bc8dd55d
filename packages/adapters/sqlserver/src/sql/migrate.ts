import { instant } from "./column-types.ts";
import { quoteLiteral } from "./identifier.ts";
import type { OwnStatement } from "./statement.ts";

/** Whether there is the schema `@schema` and its table of migrations, and whether the database allows snapshot isolation. */
export const schemaState: OwnStatement = {
  name: "schema-state",
  text: `SELECT CASE WHEN SCHEMA_ID(@schema) IS NULL THEN 0 ELSE 1 END,
       CASE WHEN EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.TABLES
                          WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = 'migration') THEN 1 ELSE 0 END,
       (SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME());`,
  parameters: [{ name: "schema", type: "nvarchar(400)" }],
};

/** How many migrations were applied. */
export function versionOf(schema: string): OwnStatement {
  return {
    name: "schema-version",
    text: `SELECT COALESCE(MAX(version), 0) FROM ${schema}.migration;`,
    parameters: [],
  };
}

/**
 * Until the end of the transaction. Returns a negative number if the lock was not granted: after
 * `waitMs`, or a deadlock.
 */
export function lockMigrations(schemaName: string, waitMs: number): OwnStatement {
  return {
    name: "lock-migrations",
    text: `DECLARE @granted int;
EXEC @granted = sys.sp_getapplock @Resource = ${quoteLiteral(`syncline.migration:${schemaName}`)}, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ${waitMs};
SELECT @granted;`,
    parameters: [],
  };
}

export function createSchema(schema: string): string {
  return `CREATE SCHEMA ${schema}`;
}

export function createMigrationTable(schema: string): string {
  return `CREATE TABLE ${schema}.migration (
  version int NOT NULL CONSTRAINT migration_pk PRIMARY KEY,
  name nvarchar(200) NOT NULL,
  applied_at ${instant} NOT NULL CONSTRAINT migration_applied_at DEFAULT SYSUTCDATETIME()
)`;
}

export function recordMigration(schema: string): OwnStatement {
  return {
    name: "record-migration",
    text: `INSERT INTO ${schema}.migration (version, name) VALUES (@version, @name);`,
    parameters: [
      { name: "version", type: "int" },
      { name: "name", type: "nvarchar(400)" },
    ],
  };
}
