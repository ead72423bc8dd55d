import { localName, nameOf, type Place } from "../sql/names.ts";

/**
 * What operators do. Whoever may act may add an entry, without its time and its login, and neither
 * change one nor delete it: what is older than 400 days goes by a trigger with its owner's rights,
 * a hundred at a time.
 */
export function operations(place: Place): readonly string[] {
  const table = nameOf(place, "operation");
  return [
    `CREATE TABLE ${table} (
  id NUMBER(19) GENERATED ALWAYS AS IDENTITY (NOCACHE ORDER) NOT NULL,
  acted_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  login VARCHAR2(128 CHAR) DEFAULT SYS_CONTEXT('USERENV', 'SESSION_USER') NOT NULL,
  actor VARCHAR2(200 CHAR),
  action VARCHAR2(64 CHAR) NOT NULL,
  strategy VARCHAR2(64 CHAR),
  reason VARCHAR2(4000),
  selection VARCHAR2(2000 CHAR) DEFAULT '{}' NOT NULL,
  count NUMBER(19),
  CONSTRAINT ${localName(place, "operation_pk")} PRIMARY KEY (id)
)`,
    `CREATE OR REPLACE TRIGGER ${nameOf(place, "operation_old")}
AFTER INSERT ON ${table}
BEGIN
  DELETE FROM ${table} o
   WHERE o.id IN (SELECT p.id FROM (SELECT q.id FROM ${table} q ORDER BY q.id) p WHERE ROWNUM <= 100)
     AND SYS_EXTRACT_UTC(o.acted_at) < SYS_EXTRACT_UTC(SYSTIMESTAMP) - NUMTODSINTERVAL(400, 'DAY');
END;`,
  ];
}
