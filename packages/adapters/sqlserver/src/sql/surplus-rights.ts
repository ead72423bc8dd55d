import { type OwnStatement, singleStatement } from "./statement.ts";

/** Who reads. */
export const loginName: OwnStatement = singleStatement("login-name", "SELECT SUSER_SNAME();");

const has = (name: string, securable: string, type: string, right: string) =>
  `SELECT '${name}' AS name, HAS_PERMS_BY_NAME(${securable}, ${type}, '${right}') AS held`;

/** What the login has of what reading does not need. Rows of a name. */
export const heldRights: OwnStatement = singleStatement(
  "held-rights",
  `SELECT held.name
  FROM (
    SELECT 'sysadmin' AS name, IS_SRVROLEMEMBER('sysadmin') AS held
     UNION ALL SELECT 'db_owner', IS_ROLEMEMBER('db_owner')
     UNION ALL SELECT 'db_ddladmin', IS_ROLEMEMBER('db_ddladmin')
     UNION ALL SELECT 'db_securityadmin', IS_ROLEMEMBER('db_securityadmin')
     UNION ALL ${has("CONTROL SERVER", "NULL", "NULL", "CONTROL SERVER")}
     UNION ALL ${has("ADMINISTER BULK OPERATIONS", "NULL", "NULL", "ADMINISTER BULK OPERATIONS")}
     UNION ALL ${has("VIEW SERVER STATE", "NULL", "NULL", "VIEW SERVER STATE")}
     UNION ALL ${has("ALTER TRACE", "NULL", "NULL", "ALTER TRACE")}
     UNION ALL ${has("ALTER", "DB_NAME()", "'DATABASE'", "ALTER")}
     UNION ALL ${has("CREATE TABLE", "DB_NAME()", "'DATABASE'", "CREATE TABLE")}
     UNION ALL ${has("EXECUTE", "DB_NAME()", "'DATABASE'", "EXECUTE")}
  ) AS held
 WHERE held.held = 1
 ORDER BY held.name;`,
);

/** Up to five tables that the login may write, and how many there are. */
export const writableTables: OwnStatement = singleStatement(
  "writable-tables",
  `WITH writable AS (
  SELECT s.name + '.' + t.name AS name
    FROM sys.tables AS t
    JOIN sys.schemas AS s ON s.schema_id = t.schema_id
   WHERE HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(t.name), 'OBJECT', 'INSERT') = 1
      OR HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(t.name), 'OBJECT', 'UPDATE') = 1
      OR HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(t.name), 'OBJECT', 'DELETE') = 1
)
SELECT TOP (5) writable.name, (SELECT COUNT(*) FROM writable AS counted)
  FROM writable
 ORDER BY writable.name;`,
);
