import {
  type DefinitionStatements,
  mostDefinitionBytes,
  mostDefinitions,
  mostDefinitionsBytes,
  type Nothing,
} from "@syncline/core/adapter-kit";
import { answering, changing, type SqliteStatementText } from "./sql-driver.ts";

const put = (table: string, more: string) => `INSERT INTO syncline_${table} (name, definition${more && `, ${more}`})
VALUES (@name, @definition${more && `, @${more}`})
ON CONFLICT (name) DO UPDATE SET definition = excluded.definition${more && `, ${more} = excluded.${more}`}`;

/** What is read and written of the tables of categories and strategies. */
export const definitionStatements: DefinitionStatements<SqliteStatementText> = {
  categories: answering<Nothing>(`SELECT CAST(strategies_revision AS TEXT), name,
       CASE WHEN bytes > ${mostDefinitionBytes} OR total > ${mostDefinitionsBytes} THEN '{}' ELSE definition END,
       CASE WHEN bytes > ${mostDefinitionBytes} OR total > ${mostDefinitionsBytes} THEN CAST(bytes AS TEXT) END
  FROM syncline_state LEFT JOIN (
    SELECT *, sum(iif(bytes > ${mostDefinitionBytes}, 0, bytes)) OVER (ORDER BY name) AS total
      FROM (SELECT name, definition, octet_length(definition) AS bytes
              FROM syncline_category ORDER BY name LIMIT ${mostDefinitions})
  ) ON true
 ORDER BY name`),
  definitions: answering<Nothing>(`SELECT CAST(strategies_revision AS TEXT), kind, name, definition, enabled
  FROM syncline_state LEFT JOIN (
    SELECT 'category' AS kind, name, definition, 1 AS enabled FROM syncline_category
    UNION ALL
    SELECT 'strategy', name, definition, enabled FROM syncline_strategy
  ) ON true
 ORDER BY kind, name`),
  // Whoever writes is alone.
  lockDefinitions: answering<Nothing>("SELECT CAST(strategies_revision AS TEXT) FROM syncline_state"),
  putCategory: changing(put("category", "")),
  putStrategy: changing(put("strategy", "enabled")),
  removeCategory: changing("DELETE FROM syncline_category WHERE name = @name"),
  removeStrategy: changing("DELETE FROM syncline_strategy WHERE name = @name"),
  // What triggers read: of this transaction alone, which takes it away again.
  editFor: changing("UPDATE syncline_state SET editor = @actor"),
};
