import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { nameOf, type Place } from "./names.ts";
import type { OwnStatement } from "./statement.ts";

/**
 * The strategies and their revision, in one snapshot, those first that are enabled; of the others
 * their category alone, since their keys go on collecting. One row at least; `name` is NULL
 * without a strategy. Of a definition that is too large, or comes after too many others, its
 * category comes alone, with its length in characters: whoever edits strategies must not fill every
 * worker's memory.
 */
export function loadStrategies(place: Place): OwnStatement {
  const tooLarge = `s.letters > ${mostDefinitionBytes} OR s.total > ${mostDefinitionsBytes}`;
  return {
    name: "strategies",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision, s.name,
       CASE WHEN s.enabled = 0 OR ${tooLarge}
            THEN TO_CLOB(JSON_OBJECT('category' VALUE JSON_VALUE(s.definition, '$.category' NULL ON ERROR),
                   'coalesce' VALUE CASE JSON_VALUE(s.definition, '$.coalesce' NULL ON ERROR) WHEN 'false' THEN 'false' ELSE 'true' END
                   FORMAT JSON))
            ELSE s.definition END AS definition,
       CASE WHEN s.enabled = 1 AND (${tooLarge}) THEN TO_CHAR(s.letters) ELSE NULL END AS letters,
       TO_CHAR(s.enabled) AS enabled
  FROM ${nameOf(place, "dispatcher")} d
  LEFT JOIN (
       SELECT m.name, m.definition, m.letters, m.enabled,
              SUM(CASE WHEN m.enabled = 0 OR m.letters > ${mostDefinitionBytes} THEN 0 ELSE m.letters END) OVER (ORDER BY m.name) AS total
         FROM (SELECT e.name, e.definition, e.enabled, LENGTH(e.definition) AS letters
                 FROM ${nameOf(place, "strategy")} e
                ORDER BY e.enabled DESC, e.name) m
        WHERE ROWNUM <= ${2 * mostDefinitions}) s ON 1 = 1
 WHERE d.id = 1
 ORDER BY s.name`,
    binds: {},
  };
}
