import { nameOf, type Place } from "./names.ts";
import { number, type OwnStatement, text } from "./statement.ts";

/** Row 0 is the lock: it is there before any migration, and DDL on another connection does not end it. */
export function createMigrationTable(place: Place): string {
  return `CREATE TABLE ${nameOf(place, "migration")} (
  version NUMBER(9) NOT NULL,
  name VARCHAR2(128 CHAR) NOT NULL,
  applied_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  CONSTRAINT ${place.prefix}migration_pk PRIMARY KEY (version)
)`;
}

export function insertLockRow(place: Place): OwnStatement {
  return {
    name: "migration_lock_row",
    kind: "block",
    text: `BEGIN
  INSERT INTO ${nameOf(place, "migration")} (version, name) VALUES (0, 'lock');
EXCEPTION
  WHEN DUP_VAL_ON_INDEX THEN
    NULL;
END;`,
    binds: {},
  };
}

export function lockMigrations(place: Place): OwnStatement {
  return {
    name: "migration_lock",
    kind: "query",
    text: `SELECT TO_CHAR(m.version) AS version FROM ${nameOf(place, "migration")} m WHERE m.version = 0 FOR UPDATE`,
    binds: {},
  };
}

export function schemaVersion(place: Place): OwnStatement {
  return {
    name: "migration_version",
    kind: "query",
    text: `SELECT TO_CHAR(NVL(MAX(m.version), 0)) AS version FROM ${nameOf(place, "migration")} m`,
    binds: {},
  };
}

export function insertMigration(place: Place): OwnStatement {
  return {
    name: "migration_applied",
    kind: "dml",
    text: `INSERT INTO ${nameOf(place, "migration")} (version, name) VALUES (:version, :name)`,
    binds: { version: number, name: text },
  };
}

/** Keys are in any language: Oracle puts another character for one that its character set lacks. */
export const characterSet: OwnStatement = {
  name: "character_set",
  kind: "query",
  text: "SELECT p.value FROM SYS.nls_database_parameters p WHERE p.parameter = 'NLS_CHARACTERSET'",
  binds: {},
};
