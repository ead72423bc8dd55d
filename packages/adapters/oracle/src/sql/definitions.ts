import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { nameOf, type Place } from "./names.ts";
import { long, number, type OwnStatement, text } from "./statement.ts";

/** Categories and their revision, in one snapshot: see `loadStrategies`, also for what is too large. */
export function loadCategories(place: Place): OwnStatement {
  const tooLarge = `c.letters > ${mostDefinitionBytes} OR c.total > ${mostDefinitionsBytes}`;
  return {
    name: "categories",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision, c.name,
       CASE WHEN ${tooLarge} THEN TO_CLOB('{}') ELSE c.definition END AS definition,
       CASE WHEN ${tooLarge} THEN TO_CHAR(c.letters) ELSE NULL END AS letters
  FROM ${nameOf(place, "dispatcher")} d
  LEFT JOIN (
       SELECT m.name, m.definition, m.letters,
              SUM(CASE WHEN m.letters > ${mostDefinitionBytes} THEN 0 ELSE m.letters END) OVER (ORDER BY m.name) AS total
         FROM (SELECT e.name, e.definition, LENGTH(e.definition) AS letters
                 FROM ${nameOf(place, "category")} e
                ORDER BY e.name) m
        WHERE ROWNUM <= ${mostDefinitions}) c ON 1 = 1
 WHERE d.id = 1
 ORDER BY c.name`,
    binds: {},
  };
}

/** All rows of both tables, and their revision, in one snapshot. */
export function listDefinitions(place: Place): OwnStatement {
  return {
    name: "definitions",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision, r.kind, r.name, r.definition, TO_CHAR(r.enabled) AS enabled
  FROM ${nameOf(place, "dispatcher")} d
  LEFT JOIN (
       SELECT 'category' AS kind, c.name, c.definition, 1 AS enabled FROM ${nameOf(place, "category")} c
        UNION ALL
       SELECT 'strategy', s.name, s.definition, s.enabled FROM ${nameOf(place, "strategy")} s) r ON 1 = 1
 WHERE d.id = 1
 ORDER BY r.kind, r.name`,
    binds: {},
  };
}

/** Whom the history names from now on; NULL: the login. Of what is longer than 64 bytes, Oracle keeps so many. */
export function editFor(): OwnStatement {
  return {
    name: "edit_for",
    kind: "block",
    text: `DECLARE
  l_actor VARCHAR2(64 CHAR);
BEGIN
  l_actor := :actor;
  IF l_actor IS NULL THEN
    SYS.DBMS_SESSION.CLEAR_IDENTIFIER;
  ELSE
    SYS.DBMS_SESSION.SET_IDENTIFIER(l_actor);
  END IF;
END;`,
    binds: { actor: text },
  };
}

/** As edits do, before any row of theirs. */
export function lockDefinitions(place: Place): OwnStatement {
  return {
    name: "lock_definitions",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision FROM ${nameOf(place, "dispatcher")} d WHERE d.id = 1 FOR UPDATE`,
    binds: {},
  };
}

/** An UPDATE, and an INSERT for where it finds no row. What is long comes last, as Oracle wants it. */
export function putCategory(place: Place): { readonly update: OwnStatement; readonly insert: OwnStatement } {
  const category = nameOf(place, "category");
  return {
    update: {
      name: "update_category",
      kind: "dml",
      text: `UPDATE ${category} SET definition = :definition WHERE name = :name`,
      binds: { definition: long, name: text },
    },
    insert: {
      name: "insert_category",
      kind: "dml",
      text: `INSERT INTO ${category} (name, definition) VALUES (:name, :definition)`,
      binds: { name: text, definition: long },
    },
  };
}

export function putStrategy(place: Place): { readonly update: OwnStatement; readonly insert: OwnStatement } {
  const strategy = nameOf(place, "strategy");
  return {
    update: {
      name: "update_strategy",
      kind: "dml",
      text: `UPDATE ${strategy} SET enabled = :enabled, definition = :definition WHERE name = :name`,
      binds: { enabled: number, definition: long, name: text },
    },
    insert: {
      name: "insert_strategy",
      kind: "dml",
      text: `INSERT INTO ${strategy} (name, enabled, definition) VALUES (:name, :enabled, :definition)`,
      binds: { name: text, enabled: number, definition: long },
    },
  };
}

export function removeDefinition(place: Place, kind: "category" | "strategy"): OwnStatement {
  return {
    name: `remove_${kind}`,
    kind: "dml",
    text: `DELETE FROM ${nameOf(place, kind)} WHERE name = :name`,
    binds: { name: text },
  };
}
