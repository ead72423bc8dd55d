import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { boolean, optional, text } from "./parameters.ts";
import { statement } from "./statement.ts";

/** What is read and written of both tables. `schema` is a quoted identifier. */
export function definitionStatements(schema: string) {
  const put = { name: text, definition: text };
  return {
    categories: statement("categories", {}, () => categoriesText(schema)),
    definitions: statement("definitions", {}, () => definitionsText(schema)),
    lockDefinitions: statement(
      "lock_definitions",
      {},
      () => `SELECT strategies_revision::text FROM ${schema}.dispatcher WHERE id = 1 FOR UPDATE`,
    ),
    putCategory: statement(
      "put_category",
      put,
      ({
        name,
        definition,
      }) => `INSERT INTO ${schema}.category (name, definition) VALUES (${name}, ${definition}::jsonb)
ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition`,
    ),
    putStrategy: statement(
      "put_strategy",
      { ...put, enabled: boolean },
      ({ name, definition, enabled }) => `INSERT INTO ${schema}.strategy (name, definition, enabled)
VALUES (${name}, ${definition}::jsonb, ${enabled})
ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition, enabled = EXCLUDED.enabled`,
    ),
    removeCategory: statement(
      "remove_category",
      { name: text },
      ({ name }) => `DELETE FROM ${schema}.category WHERE name = ${name}`,
    ),
    removeStrategy: statement(
      "remove_strategy",
      { name: text },
      ({ name }) => `DELETE FROM ${schema}.strategy WHERE name = ${name}`,
    ),
    editFor: statement(
      "edit_for",
      { actor: optional(text) },
      ({ actor }) => `SELECT set_config('syncline.actor', coalesce(${actor}, ''), true)`,
    ),
  };
}

/** As `loadStrategies`: whoever edits categories must not fill every worker's memory. */
const categoriesText = (schema: string) => `SELECT d.strategies_revision::text, c.name,
       CASE WHEN c.bytes > ${mostDefinitionBytes} OR c.total > ${mostDefinitionsBytes} THEN '{}' ELSE c.definition::text END,
       CASE WHEN c.bytes > ${mostDefinitionBytes} OR c.total > ${mostDefinitionsBytes} THEN c.bytes::text END
  FROM ${schema}.dispatcher AS d
  LEFT JOIN (
    SELECT m.*, sum(CASE WHEN m.bytes > ${mostDefinitionBytes} THEN 0 ELSE m.bytes END) OVER (ORDER BY m.name) AS total
      FROM (
        SELECT name, definition,
               CASE WHEN pg_column_size(definition) > ${mostDefinitionBytes} THEN pg_column_size(definition)
                    ELSE octet_length(definition::text) END AS bytes
          FROM ${schema}.category
         ORDER BY name
         LIMIT ${mostDefinitions}
      ) AS m
  ) AS c ON true
 WHERE d.id = 1
 ORDER BY c.name`;

const definitionsText = (
  schema: string,
) => `SELECT d.strategies_revision::text, r.kind, r.name, r.definition::text, r.enabled::text
  FROM ${schema}.dispatcher AS d
  LEFT JOIN (
    SELECT 'category' AS kind, name, definition, true AS enabled FROM ${schema}.category
    UNION ALL
    SELECT 'strategy', name, definition, enabled FROM ${schema}.strategy
  ) AS r ON true
 WHERE d.id = 1
 ORDER BY r.kind, r.name`;
