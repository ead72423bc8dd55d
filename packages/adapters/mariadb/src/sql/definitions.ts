import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { statement } from "./statement.ts";
import { strategiesRevision } from "./take-changes.ts";

export interface Named {
  readonly name: string;
}

/** What is read and written of the tables of categories and strategies. `schema` is a quoted identifier. */
export function definitionStatements(schema: string) {
  const revision = strategiesRevision(schema, "d");
  const isLarge = `c.bytes > ${mostDefinitionBytes} OR c.total > ${mostDefinitionsBytes}`;
  return {
    categories: statement<object>(`SELECT ${revision} AS revision, c.name,
       CASE WHEN ${isLarge} THEN '{}' ELSE c.definition END AS definition,
       CASE WHEN ${isLarge} THEN c.bytes END AS bytes
  FROM ${schema}.dispatcher AS d
  LEFT JOIN (
    SELECT m.*, SUM(CASE WHEN m.bytes > ${mostDefinitionBytes} THEN 0 ELSE m.bytes END) OVER (ORDER BY m.name) AS total
      FROM (SELECT name, definition, LENGTH(definition) AS bytes
              FROM ${schema}.category ORDER BY name LIMIT ${mostDefinitions}) AS m
  ) AS c ON true
 WHERE d.id = 1
 ORDER BY c.name`),
    definitions: statement<object>(`SELECT ${revision} AS revision, r.kind, r.name, r.definition, r.enabled
  FROM ${schema}.dispatcher AS d
  LEFT JOIN (
    SELECT 'category' AS kind, name, definition, true AS enabled FROM ${schema}.category
    UNION ALL
    SELECT 'strategy', name, definition, enabled FROM ${schema}.strategy
  ) AS r ON true
 WHERE d.id = 1
 ORDER BY r.kind, r.name`),
    lockDefinitions: statement<object>(`SELECT ${revision} FROM ${schema}.dispatcher AS d WHERE d.id = 1 FOR UPDATE`),
    putCategory: statement<Named & { definition: string }>(`INSERT INTO ${schema}.category (name, definition)
VALUES (:name, :definition)
ON DUPLICATE KEY UPDATE definition = VALUES(definition)`),
    putStrategy: statement<
      Named & { definition: string; enabled: boolean }
    >(`INSERT INTO ${schema}.strategy (name, definition, enabled)
VALUES (:name, :definition, :enabled)
ON DUPLICATE KEY UPDATE definition = VALUES(definition), enabled = VALUES(enabled)`),
    removeCategory: statement<Named>(`DELETE FROM ${schema}.category WHERE name = :name`),
    removeStrategy: statement<Named>(`DELETE FROM ${schema}.strategy WHERE name = :name`),
    editFor: statement<{ actor: string | null }>("SET @syncline_actor = :actor"),
  };
}
