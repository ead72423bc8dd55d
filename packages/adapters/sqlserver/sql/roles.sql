-- What each role needs in the schema "syncline", and nothing beyond. SQL Server 2016 and newer, as a member of db_owner. Run it
-- before the first migrate(), and again after each migrate() that applied something:
--
--   sqlcmd -S server -d database -i node_modules/@syncline/sqlserver/sql/roles.sql
--
-- Then give the roles to users of yours: ALTER ROLE syncline_worker ADD MEMBER …
IF DATABASE_PRINCIPAL_ID(N'syncline_owner') IS NULL CREATE ROLE syncline_owner;
IF DATABASE_PRINCIPAL_ID(N'syncline_worker') IS NULL CREATE ROLE syncline_worker;
IF DATABASE_PRINCIPAL_ID(N'syncline_reader') IS NULL CREATE ROLE syncline_reader;
IF DATABASE_PRINCIPAL_ID(N'syncline_recorder') IS NULL CREATE ROLE syncline_recorder;
IF DATABASE_PRINCIPAL_ID(N'syncline_editor') IS NULL CREATE ROLE syncline_editor;
GO
-- migrate(): owns the schema and what is in it, also what another has made. No right in the rest of the database but to make
-- tables and procedures, for which it has no other schema. (CREATE SCHEMA must stand alone.)
IF SCHEMA_ID(N'syncline') IS NULL EXEC (N'CREATE SCHEMA syncline AUTHORIZATION syncline_owner');
GO
ALTER AUTHORIZATION ON SCHEMA::syncline TO syncline_owner;
GO
GRANT CREATE TABLE TO syncline_owner;
GRANT CREATE PROCEDURE TO syncline_owner;
GO
-- Before the first migrate() there is nothing to grant yet.
IF OBJECT_ID(N'syncline.migration') IS NOT NULL
BEGIN
-- Workers, and whoever calls status(), pause(), deadLetters and the like: sqlserver({ connectionString }).
GRANT SELECT ON OBJECT::syncline.migration TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON OBJECT::syncline.change TO syncline_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON OBJECT::syncline.delivery TO syncline_worker;
GRANT SELECT, UPDATE ON OBJECT::syncline.dispatcher TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON OBJECT::syncline.refused TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON OBJECT::syncline.pause TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON OBJECT::syncline.worker TO syncline_worker;
-- What operators do: added by the procedure, which says when, and by which login.
GRANT EXECUTE ON OBJECT::syncline.keep_operation TO syncline_worker;
GRANT SELECT ON OBJECT::syncline.operation TO syncline_worker;
-- For strategyTable: true, and for categoryTable: true.
GRANT SELECT ON OBJECT::syncline.strategy TO syncline_worker;
GRANT SELECT ON OBJECT::syncline.strategy_history TO syncline_worker;
GRANT SELECT ON OBJECT::syncline.category TO syncline_worker;

-- Applications that record. INSERT on the table lets a login lock all of it (INSERT … WITH (TABLOCKX)), and so hold up everybody who
-- records; the procedures alone do not. pipeline.recorder and capture triggers need it: give it to logins that are yours.
GRANT EXECUTE ON OBJECT::syncline.record_change TO syncline_recorder;
GRANT EXECUTE ON OBJECT::syncline.record_changes TO syncline_recorder;
GRANT INSERT ON OBJECT::syncline.change TO syncline_recorder;

-- Whoever edits strategies and categories. The triggers that tell of it, and keep what was edited, belong to the schema's owner, and
-- need no right of theirs. Who uses `syncline apply` needs syncline_worker as well: it looks whether somebody else has edited.
GRANT SELECT, INSERT, UPDATE, DELETE ON OBJECT::syncline.strategy TO syncline_editor;
GRANT SELECT, INSERT, UPDATE, DELETE ON OBJECT::syncline.category TO syncline_editor;
GRANT SELECT ON OBJECT::syncline.strategy_history TO syncline_editor;
END;
GO
-- Strategies are read with a login of their own: sqlserver({ query: { connectionString } }). It needs SELECT on what strategies name,
--
--   GRANT SELECT ON OBJECT::dbo.orders TO syncline_reader;
--
-- and nothing of "syncline". What another role of the same user's may grant there is taken back here. A schema in which nobody
-- else may make objects must be its default, since names without a schema are looked for there first.
DENY SELECT, INSERT, UPDATE, DELETE, EXECUTE, ALTER ON SCHEMA::syncline TO syncline_reader;
GO
