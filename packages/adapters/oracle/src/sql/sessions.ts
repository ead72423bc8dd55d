/**
 * On each connection of a pool of ours. Keys are compared and sorted as bytes, whatever the database or the environment has
 * set; times without a zone are UTC, where the driver would have set the process's own zone. An index
 * that a migration makes waits for transactions that are open, where it would fail at once.
 */
export const prepareSession =
  "ALTER SESSION SET NLS_COMP = BINARY NLS_SORT = BINARY TIME_ZONE = '+00:00' DDL_LOCK_TIMEOUT = 20";

/** The first statement of a read: all that follow see the database as of now, and may not write (ORA-01456). */
export const beginRead = "SET TRANSACTION READ ONLY";

/**
 * The same where the database may be a standby: it first applies all redo that it has received,
 * which has the claim's commit if redo is sent synchronously (ORA-03173 if it is not, or is not
 * applied as it comes; Data Guard Concepts and Administration, "Forcing Redo Apply Synchronization
 * in a Real-time Query Environment"). What else is no primary cannot say how far it is.
 */
export const beginFencedRead = `BEGIN
  IF SYS_CONTEXT('USERENV', 'DATABASE_ROLE') = 'PHYSICAL STANDBY' THEN
    EXECUTE IMMEDIATE 'ALTER SESSION SYNC WITH PRIMARY';
  ELSIF NVL(SYS_CONTEXT('USERENV', 'DATABASE_ROLE'), 'UNKNOWN') <> 'PRIMARY' THEN
    RAISE_APPLICATION_ERROR(-20999, 'A ' || SYS_CONTEXT('USERENV', 'DATABASE_ROLE') || ' does not say how far it is: '
      || 'let "query" name the primary, or a physical standby.');
  END IF;
  SET TRANSACTION READ ONLY;
END;`;
