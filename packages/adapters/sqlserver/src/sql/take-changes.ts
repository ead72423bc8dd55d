import { instant, strategyName } from "./column-types.ts";
import { type OwnStatement, partOfTransaction } from "./statement.ts";
import { epochMs } from "./time.ts";

/**
 * Takes the dispatcher lock and the oldest changes. `@limit`: how many at most. Rows of: whether there is any change, the
 * strategies' revision (NULL without the lock), and a change (NULL if there is none).
 *
 * - The lock is taken only if there is a change to take, so an idle poll locks nothing.
 * - READPAST skips what others have locked: the dispatcher's row (another worker dispatches, or strategies are being
 *   edited), and changes of transactions that are still open. READCOMMITTEDLOCK, because READPAST is refused without it
 *   where READ_COMMITTED_SNAPSHOT is on; UPDLOCK keeps the rows ours until the end of the transaction.
 * - Locked first, deleted then, one by one through the primary key: the DELETE meets no row but ours, and never waits.
 *   (FORCESEEK and LOOP: a scan or a hash join over the table would.)
 * - The changes are those that are committed now. Ids are not commit order, so there is no cursor.
 */
export function takeChanges(schema: string): OwnStatement {
  const skipLocked = "WITH (ROWLOCK, READPAST, UPDLOCK, READCOMMITTEDLOCK)";
  return partOfTransaction(
    "take-changes",
    `DECLARE @any bit = 0, @revision bigint;
DECLARE @taken TABLE (id bigint NOT NULL PRIMARY KEY, category nvarchar(128) NOT NULL, condition nvarchar(4000) NOT NULL,
  operation varchar(10) NOT NULL, strategy ${strategyName}, recorded_at ${instant} NOT NULL);
IF EXISTS (SELECT 1 FROM ${schema}.change WITH (READPAST, READCOMMITTEDLOCK)) SET @any = 1;
IF @any = 1 SELECT @revision = strategies_revision FROM ${schema}.dispatcher ${skipLocked} WHERE id = 1;
IF @revision IS NOT NULL
BEGIN
INSERT INTO @taken (id, category, condition, operation, strategy, recorded_at)
SELECT TOP (@limit) id, category, condition, operation, strategy, recorded_at
  FROM ${schema}.change ${skipLocked}
 ORDER BY id;
DELETE c FROM @taken AS t INNER LOOP JOIN ${schema}.change AS c WITH (ROWLOCK, FORCESEEK) ON c.id = t.id;
END;
SELECT @any, @revision, t.id, t.category, t.condition, t.operation, t.strategy, ${epochMs("t.recorded_at")}
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN @taken AS t ON 1 = 1
 ORDER BY t.id;`,
    { limit: "int" },
  );
}
