/**
 * On each connection of a pool of ours. Keys are compared and sorted as bytes, whatever the database or the environment has
 * set; times without a zone are UTC, where the driver would have set the process's own zone.
 */
export const prepareSession = "ALTER SESSION SET NLS_COMP = BINARY NLS_SORT = BINARY TIME_ZONE = '+00:00'";

/** The first statement of a read: all that follow see the database as of now, and may not write (ORA-01456). */
export const beginRead = "SET TRANSACTION READ ONLY";
