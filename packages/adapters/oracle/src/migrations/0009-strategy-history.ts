import { localName, nameOf, type Place } from "../sql/names.ts";

/**
 * Each version of each strategy, by a trigger with its owner's rights: so that edits by hand are
 * kept, too, and whoever edits needs no right to what is kept. A row that is as its last version
 * says is no new one. Who edits for another says so in the session: `DBMS_SESSION.SET_IDENTIFIER`.
 *
 * A trigger of rows may not read its own table, and what it may read of a CLOB has changed from
 * release to release: so the names are noted row by row, and the rest is done after the statement,
 * when the table can be read. What a deleted one was at last, its last version has.
 */
export function strategyHistory(place: Place): readonly string[] {
  const history = nameOf(place, "strategy_kept");
  const strategy = nameOf(place, "strategy");
  return [
    `CREATE TABLE ${history} (
  strategy VARCHAR2(64 CHAR) NOT NULL,
  version NUMBER(9) NOT NULL,
  changed_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  login VARCHAR2(128 CHAR) DEFAULT SYS_CONTEXT('USERENV', 'SESSION_USER') NOT NULL,
  author VARCHAR2(200 CHAR),
  change VARCHAR2(7 CHAR) NOT NULL,
  definition CLOB NOT NULL,
  enabled NUMBER(1) NOT NULL,
  CONSTRAINT ${localName(place, "kept_pk")} PRIMARY KEY (strategy, version)
)`,
    `INSERT INTO ${history} (strategy, version, author, change, definition, enabled)
SELECT s.name, 1, 'migrate()', 'created', s.definition, s.enabled FROM ${strategy} s
 WHERE NOT EXISTS (SELECT 1 FROM ${history} h WHERE h.strategy = s.name)`,
    keep(place, strategy, history),
  ];
}

const columns = "(strategy, version, author, change, definition, enabled)";

const keep = (
  place: Place,
  strategy: string,
  history: string,
) => `CREATE OR REPLACE TRIGGER ${nameOf(place, "strategy_keep")}
FOR INSERT OR UPDATE OR DELETE ON ${strategy}
COMPOUND TRIGGER
  TYPE names IS TABLE OF VARCHAR2(64 CHAR) INDEX BY BINARY_INTEGER;
  l_names names;
  l_author VARCHAR2(64 CHAR);
  l_added PLS_INTEGER;
  l_version NUMBER(9);
  AFTER EACH ROW IS
  BEGIN
    IF NOT INSERTING THEN
      l_names(l_names.COUNT + 1) := :OLD.name;
    END IF;
    IF NOT DELETING THEN
      l_names(l_names.COUNT + 1) := :NEW.name;
    END IF;
  END AFTER EACH ROW;
  AFTER STATEMENT IS
  BEGIN
    l_author := SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER');
    FOR i IN 1 .. l_names.COUNT LOOP
      INSERT INTO ${history} ${columns}
      SELECT h.strategy, h.version + 1, l_author, 'deleted', h.definition, h.enabled
        FROM ${history} h
       WHERE h.strategy = l_names(i) AND h.change <> 'deleted'
         AND h.version = (SELECT MAX(v.version) FROM ${history} v WHERE v.strategy = l_names(i))
         AND NOT EXISTS (SELECT 1 FROM ${strategy} s WHERE s.name = l_names(i));
      l_added := SQL%ROWCOUNT;
      INSERT INTO ${history} ${columns}
      SELECT s.name, NVL(h.version, 0) + 1, l_author, CASE WHEN NVL(h.change, 'deleted') = 'deleted' THEN 'created' ELSE 'changed' END,
             s.definition, s.enabled
        FROM ${strategy} s
        LEFT JOIN (
             SELECT n.version, n.change, n.definition, n.enabled
               FROM (SELECT v.version, v.change, v.definition, v.enabled FROM ${history} v
                      WHERE v.strategy = l_names(i) ORDER BY v.version DESC) n
              WHERE ROWNUM <= 1) h ON 1 = 1
       WHERE s.name = l_names(i)
         AND (NVL(h.change, 'deleted') = 'deleted' OR h.enabled <> s.enabled
              OR SYS.DBMS_LOB.COMPARE(h.definition, s.definition) <> 0);
      l_added := l_added + SQL%ROWCOUNT;
      IF l_added > 0 THEN
        SELECT MAX(v.version) INTO l_version FROM ${history} v WHERE v.strategy = l_names(i);
        INSERT INTO ${nameOf(place, "operation")} (actor, action, strategy, selection, count)
        VALUES (l_author, 'edit-strategy', l_names(i), '{"version":' || TO_CHAR(l_version) || '}', 1);
        DELETE FROM ${history} h WHERE h.strategy = l_names(i) AND h.version <= l_version - 500;
      END IF;
    END LOOP;
  END AFTER STATEMENT;
END;`;
