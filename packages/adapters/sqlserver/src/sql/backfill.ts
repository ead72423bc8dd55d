import type { CategoryDefinition } from "@syncline/core/spi";
import { keepOperation, recordParameter } from "./audit.ts";
import { conditionJson, hasKey, keyColumnsOf } from "./condition-json.ts";
import { type OwnStatement, ownTransaction, singleStatement } from "./statement.ts";

/** Records given changes for one strategy. `@changes` as in `recordChanges`. Returns how many. */
export function backfillChanges(schema: string): OwnStatement {
  return ownTransaction(
    "backfill-changes",
    {
      work: `DECLARE @count bigint;
INSERT INTO ${schema}.change (category, condition, operation, strategy)
SELECT given.c, given.k, given.o, @strategy
  FROM OPENJSON(@changes) WITH (n int '$.n', c nvarchar(128) '$.c', k nvarchar(4000) '$.k', o varchar(10) '$.o') AS given
 ORDER BY given.n;
SET @count = @@ROWCOUNT;
${keepOperation(schema, "@count")}`,
      answer: "SELECT @count;",
    },
    { strategy: "varchar(64)", changes: "nvarchar(max)", ...recordParameter },
  );
}

/**
 * Records the keys that a query yields for one strategy. Returns how many, and how many of them lack a key field: then none
 * is recorded.
 *
 * As a sub-query, the keys can be one SELECT and nothing else (that it closes no parenthesis of ours is checked before).
 * A line break follows it, since it may end in a comment. Recorded four thousand at a time: a single INSERT of millions
 * would hold a lock for each. Each time is a transaction of its own, with an entry of its own in the audit.
 */
export function backfillKeys(schema: string, { fields }: CategoryDefinition, keys: string): OwnStatement {
  const columns = keyColumnsOf(fields, (field) => field);
  return singleStatement(
    "backfill-keys",
    `SET XACT_ABORT ON;
DECLARE @from bigint = 0, @total bigint, @missing bigint, @count bigint;
DECLARE @found TABLE (n bigint IDENTITY PRIMARY KEY, condition nvarchar(4000) NOT NULL, missing bit NOT NULL);
INSERT INTO @found (condition, missing)
SELECT ${conditionJson(columns, "q")}, CASE WHEN ${hasKey(columns, "q")} THEN 0 ELSE 1 END
  FROM (
${keys.replace(/;\s*$/, "")}
  ) AS q;
SELECT @total = COUNT_BIG(*), @missing = COALESCE(SUM(CAST(missing AS bigint)), 0) FROM @found;
WHILE @missing = 0 AND @from < @total
BEGIN
BEGIN TRANSACTION;
INSERT INTO ${schema}.change (category, condition, operation, strategy)
SELECT @category, condition, 'upsert', @strategy FROM @found WHERE n > @from AND n <= @from + 4000 ORDER BY n;
SET @count = @@ROWCOUNT;
IF @record IS NOT NULL
EXEC ${schema}.keep_operation @record, @count;
COMMIT TRANSACTION;
SET @from = @from + 4000;
END;
SELECT @total, @missing;`,
    { category: "nvarchar(400)", strategy: "varchar(64)", ...recordParameter },
  );
}
