import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { statement } from "./statement.ts";

/**
 * The strategies and their revision, in one snapshot, those first that are enabled; of the others
 * their category alone, since their keys go on collecting. One row at least; `name` is NULL
 * without a strategy. Of a definition that is too large, or comes after too many bytes of others,
 * its category comes alone, with the number of its bytes: whoever edits strategies must not fill
 * every worker's memory.
 */
export function loadStrategies(schema: string) {
  return statement(
    "strategies",
    {},
    () => `SELECT d.strategies_revision::text, s.name,
       CASE WHEN NOT s.enabled OR s.bytes > ${mostDefinitionBytes} OR s.total > ${mostDefinitionsBytes} THEN
         jsonb_build_object('category', left(s.definition->>'category', 200), 'coalesce', s.definition->>'coalesce' IS DISTINCT FROM 'false')::text
       ELSE s.definition::text END,
       CASE WHEN s.enabled AND (s.bytes > ${mostDefinitionBytes} OR s.total > ${mostDefinitionsBytes}) THEN s.bytes::text END,
       CASE WHEN s.enabled THEN '1' ELSE '0' END
  FROM ${schema}.dispatcher AS d
  LEFT JOIN (
    SELECT m.*, sum(CASE WHEN NOT m.enabled OR m.bytes > ${mostDefinitionBytes} THEN 0 ELSE m.bytes END) OVER (ORDER BY m.name) AS total
      FROM (
        SELECT name, definition, enabled,
               CASE WHEN pg_column_size(definition) > ${mostDefinitionBytes} THEN pg_column_size(definition)
                    ELSE octet_length(definition::text) END AS bytes
          FROM ${schema}.strategy
         ORDER BY enabled DESC, name
         LIMIT ${2 * mostDefinitions}
      ) AS m
  ) AS s ON true
 WHERE d.id = 1
 ORDER BY s.name`,
  );
}
