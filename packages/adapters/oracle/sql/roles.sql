-- What each role needs of tables that belong to the user SYNCLINE, and nothing beyond. Oracle 12.2 and newer, as a DBA of the
-- pluggable database, in SQL*Plus or SQLcl. Make the user first (CREATE USER syncline IDENTIFIED BY … QUOTA UNLIMITED ON users), and
-- run this again after each migrate() that applied something:
--
--   @node_modules/@syncline/oracle/sql/roles.sql
--
-- Workers, applications and editors then say oracle({ schema: "syncline" }): without it, names stand for what is in their own schema.
WHENEVER SQLERROR CONTINUE

-- migrate(): the owner itself. No right on the tables of anybody else.
GRANT CREATE SESSION, CREATE TABLE, CREATE SEQUENCE, CREATE TRIGGER, CREATE PROCEDURE TO syncline;

-- ORA-01921 if they are there.
CREATE ROLE syncline_worker;
CREATE ROLE syncline_recorder;
CREATE ROLE syncline_editor;

-- Workers, and whoever calls status(), pause(), deadLetters and the like: oracle({ user, password, connectString }).
GRANT SELECT ON syncline.syncline_migration TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON syncline.syncline_change TO syncline_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.syncline_delivery TO syncline_worker;
GRANT SELECT, UPDATE ON syncline.syncline_dispatcher TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON syncline.syncline_refused TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON syncline.syncline_pause TO syncline_worker;
GRANT SELECT, INSERT, DELETE ON syncline.syncline_worker TO syncline_worker;
-- What operators do: kept, and neither changed nor deleted. Not the whole row: the table says when, and by which login.
GRANT SELECT ON syncline.syncline_operation TO syncline_worker;
GRANT INSERT (actor, action, strategy, reason, selection, count) ON syncline.syncline_operation TO syncline_worker;
-- For strategyTable: true, and for categoryTable: true.
GRANT SELECT ON syncline.syncline_strategy TO syncline_worker;
GRANT SELECT ON syncline.syncline_strategy_kept TO syncline_worker;
GRANT SELECT ON syncline.syncline_category TO syncline_worker;

-- Applications that record. INSERT on the table lets a login lock all of it (LOCK TABLE, an INSERT with the hint APPEND), and so hold
-- up everybody who records; the procedure alone does not. pipeline.recorder needs it: give it to logins that are yours. The owner of a
-- table with a capture trigger needs it by name, since a trigger has no rights of roles.
GRANT EXECUTE ON syncline.syncline_record_change TO syncline_recorder;
GRANT INSERT (category, condition, operation, traceparent) ON syncline.syncline_change TO syncline_recorder;

-- Whoever edits strategies and categories. The triggers that tell of it, and keep what was edited, have their owner's rights. Who uses
-- `syncline apply` needs syncline_worker as well: it looks whether somebody else has edited.
GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.syncline_strategy TO syncline_editor;
GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.syncline_category TO syncline_editor;
GRANT SELECT ON syncline.syncline_strategy_kept TO syncline_editor;

-- Strategies are read with a login of their own: oracle({ query: { user, password, connectString } }). READ and not SELECT, which
-- would let it lock rows and whole tables; no role of the database's; no EXECUTE on anything that writes (UTL_HTTP, UTL_FILE,
-- UTL_TCP, UTL_SMTP, UTL_INADDR, HTTPURITYPE, DBMS_SCHEDULER, and functions with PRAGMA AUTONOMOUS_TRANSACTION). What PUBLIC may
-- execute is the database's to decide. A profile ends what runs on after its connection was cut (in hundredths of a second), and
-- bounds how many there can be:
--
--   CREATE PROFILE syncline_reading LIMIT CPU_PER_CALL 6000 SESSIONS_PER_USER 20;
--   CREATE USER reader IDENTIFIED BY … PROFILE syncline_reading;
--   GRANT CREATE SESSION TO reader;
--   GRANT READ ON shop.orders TO reader;
--   -- Functions with the rights of their caller must not get this one's.
--   REVOKE INHERIT PRIVILEGES ON USER reader FROM PUBLIC;
