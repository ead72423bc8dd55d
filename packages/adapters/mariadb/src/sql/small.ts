import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { anyText, bytewise, operation } from "./column-types.ts";
import { rowsOf, statement, valuesOf } from "./statement.ts";
import { strategiesRevision } from "./take-changes.ts";

export function pauseStrategy(schema: string) {
  return statement<{ strategy: string }>(
    `INSERT INTO ${schema}.pause (strategy) VALUES (:strategy) ON DUPLICATE KEY UPDATE strategy = VALUES(strategy)`,
  );
}

export function resumeStrategy(schema: string) {
  return statement<{ strategy: string }>(`DELETE FROM ${schema}.pause WHERE strategy = :strategy`);
}

/** The oldest refused changes of categories, locked. */
export function lockRefused(schema: string) {
  return statement<{ categories: readonly string[]; limit: number }>(`SELECT r.id
  FROM ${valuesOf("categories", "g", `VARCHAR(128) ${bytewise}`)}
  STRAIGHT_JOIN ${schema}.refused AS r FORCE INDEX (refused_category) ON r.category = g.value
 ORDER BY r.id
 LIMIT :limit
   FOR UPDATE`);
}

/** Puts them back, in their order and with their times, under new ids. */
export function recordRefused(schema: string) {
  return statement<{
    ids: readonly string[];
  }>(`INSERT INTO ${schema}.\`change\` (category, \`condition\`, operation, strategy, recorded_at)
SELECT r.category, r.\`condition\`, r.operation, r.strategy, r.recorded_at
  FROM ${valuesOf("ids", "g", "BIGINT UNSIGNED")}
  STRAIGHT_JOIN ${schema}.refused AS r FORCE INDEX (PRIMARY) ON r.id = g.value
 ORDER BY r.id`);
}

export function deleteRefused(schema: string) {
  return statement<{ ids: readonly string[] }>(`DELETE ${schema}.refused
  FROM ${valuesOf("ids", "g", "BIGINT UNSIGNED")}
  STRAIGHT_JOIN ${schema}.refused FORCE INDEX (PRIMARY) ON refused.id = g.value`);
}

/** Changes for one strategy alone. Answers how many. */
export function backfillChanges(schema: string) {
  return statement<{
    strategy: string;
    changes: readonly object[];
  }>(`INSERT INTO ${schema}.\`change\` (category, \`condition\`, operation, strategy)
SELECT g.category, g.key, g.operation, :strategy
  FROM ${rowsOf("changes", "g", { category: anyText, key: anyText, operation })}
 ORDER BY g.n`);
}

/**
 * The strategies and their revision, by one statement, those first that are enabled; of the others
 * their category alone, since their keys go on collecting. One row at least; the name is NULL
 * without a strategy. Of a definition that is too large, or comes after too many bytes of others,
 * its category comes alone, with the number of its bytes: whoever edits strategies must not fill
 * every worker's memory.
 */
export function loadStrategies(schema: string) {
  const isLarge = `s.bytes > ${mostDefinitionBytes} OR s.total > ${mostDefinitionsBytes}`;
  const textOf = (option: string) => `JSON_UNQUOTE(JSON_EXTRACT(s.definition, '$.${option}'))`;
  // A comparison is 0 or 1, and these are no booleans in JSON.
  const coalesces = `JSON_EXTRACT('[false, true]', CONCAT('$[', COALESCE(${textOf("coalesce")}, '') <> 'false', ']'))`;
  const short = `JSON_INSERT(JSON_OBJECT('category', LEFT(${textOf("category")}, 200)), '$.coalesce', ${coalesces})`;
  return statement<object>(`SELECT ${strategiesRevision(schema, "d")} AS revision, s.name,
       CASE WHEN NOT s.enabled OR ${isLarge} THEN ${short} ELSE s.definition END AS definition,
       CASE WHEN s.enabled AND (${isLarge}) THEN s.bytes END AS bytes,
       s.enabled
  FROM ${schema}.dispatcher AS d
  LEFT JOIN (
    SELECT m.*, SUM(CASE WHEN NOT m.enabled OR m.bytes > ${mostDefinitionBytes} THEN 0 ELSE m.bytes END) OVER (ORDER BY m.name) AS total
      FROM (
        SELECT name, definition, enabled, LENGTH(definition) AS bytes
          FROM ${schema}.strategy
         ORDER BY enabled DESC, name
         LIMIT ${2 * mostDefinitions}
      ) AS m
  ) AS s ON true
 WHERE d.id = 1
 ORDER BY s.name`);
}
