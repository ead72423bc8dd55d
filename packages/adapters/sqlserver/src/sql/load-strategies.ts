import { strategyName } from "./column-types.ts";
import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * The strategies in force and their revision. One row at least: `revision` is NULL if the dispatcher's row is missing, `name`
 * without a strategy.
 *
 * The revision is read before the strategies and after, until it is the same: then no edit was committed in between. Locks
 * would do as well, but the editor's come in the other order, and might end its transaction by a deadlock; and under
 * READ_COMMITTED_SNAPSHOT a single statement may see a locked row newer than the others.
 */
export function loadStrategies(schema: string): OwnStatement {
  return singleStatement(
    "load-strategies",
    `DECLARE @revision bigint, @again bigint;
DECLARE @strategy TABLE (name ${strategyName} NOT NULL PRIMARY KEY, definition nvarchar(max) NOT NULL);
SELECT @again = strategies_revision FROM ${schema}.dispatcher WHERE id = 1;
WHILE @again IS NOT NULL AND (@revision IS NULL OR @again <> @revision)
BEGIN
SET @revision = @again;
DELETE FROM @strategy;
INSERT INTO @strategy (name, definition) SELECT name, definition FROM ${schema}.strategy WHERE enabled = 1;
SELECT @again = strategies_revision FROM ${schema}.dispatcher WHERE id = 1;
END;
SELECT @revision, s.name, s.definition
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN @strategy AS s ON 1 = 1
 ORDER BY s.name;`,
  );
}
