import { mostDefinitionBytes, mostDefinitions, mostDefinitionsBytes } from "@syncline/core/adapter-kit";
import { strategyName } from "./column-types.ts";
import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * The strategies and their revision, those first that are enabled; of the others their category
 * alone, since their keys go on collecting. One row at least: `revision` is NULL if the
 * dispatcher's row is missing, `name` without a strategy.
 *
 * The revision is read before the strategies and after, until it is the same: then no edit was committed in between. Locks
 * would do as well, but the editor's come in the other order, and might end its transaction by a deadlock; and under
 * READ_COMMITTED_SNAPSHOT a single statement may see a locked row newer than the others.
 *
 * Of a definition that is too large, or comes after too many bytes of others, its category comes
 * alone, with the number of its bytes (two for each UTF-16 unit): whoever edits strategies must not
 * fill every worker's memory.
 */
export function loadStrategies(schema: string): OwnStatement {
  return singleStatement(
    "load-strategies",
    `DECLARE @revision bigint, @again bigint;
DECLARE @strategy TABLE (name ${strategyName} NOT NULL PRIMARY KEY, definition nvarchar(max) NOT NULL, bytes bigint, enabled bit NOT NULL);
SELECT @again = strategies_revision FROM ${schema}.dispatcher WHERE id = 1;
WHILE @again IS NOT NULL AND (@revision IS NULL OR @again <> @revision)
BEGIN
SET @revision = @again;
DELETE FROM @strategy;
INSERT INTO @strategy (name, definition, bytes, enabled)
SELECT s.name, CASE WHEN s.enabled = 0 OR ${tooLarge} THEN ${shortened} ELSE s.definition END,
       CASE WHEN s.enabled = 1 AND (${tooLarge}) THEN s.bytes END, s.enabled
  FROM (SELECT m.name, m.definition, m.bytes, m.enabled,
               SUM(CASE WHEN m.enabled = 0 OR m.bytes > ${mostBytes} THEN 0 ELSE m.bytes END) OVER (ORDER BY m.name ROWS UNBOUNDED PRECEDING) AS total
          FROM (SELECT TOP (${2 * mostDefinitions}) name, definition, enabled, CAST(DATALENGTH(definition) AS bigint) AS bytes
                  FROM ${schema}.strategy ORDER BY enabled DESC, name) AS m) AS s;
SELECT @again = strategies_revision FROM ${schema}.dispatcher WHERE id = 1;
END;
SELECT @revision, s.name, s.definition, s.bytes, s.enabled
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN @strategy AS s ON 1 = 1
 ORDER BY s.name;`,
  );
}

const mostBytes = 2 * mostDefinitionBytes;
const tooLarge = `s.bytes > ${mostBytes} OR s.total > ${2 * mostDefinitionsBytes}`;
/** A category's name has 128 characters at most; JSON_VALUE yields NULL for what is longer than 4,000. */
const shortened = `(SELECT JSON_VALUE(s.definition, '$.category') AS category, CASE JSON_VALUE(s.definition, '$.coalesce') WHEN 'false' THEN CAST(0 AS bit) ELSE CAST(1 AS bit) END AS [coalesce] FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)`;
