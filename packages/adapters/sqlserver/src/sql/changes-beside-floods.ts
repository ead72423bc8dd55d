import { binary, strategyName } from "./column-types.ts";
import { changeColumns, changeTable, foundChanges, skipLocked } from "./oldest-changes.ts";
import { batchOf, callOf, type OwnStatement } from "./statement.ts";

/**
 * What `oldestChanges` reads, while there are floods (`FloodWatch`): first changes of no flood, so
 * that they do not wait for one; then the oldest of each flood, as many as its share. Answers in
 * the same columns, with the highest id that there is.
 *
 * `@limit` how many at most, `@after` the id after which to look. Of no flood: `@others` the id
 * after which they are looked for, `@most` how many at most. `@span` how many ids each part looks
 * at. `@floods` a JSON array of `{ n: number, c: category or null, s: strategy of a backfill or
 * null, a: the id after which it is looked for, p: its share }`.
 *
 * - All by the primary key: no index is kept for what is seldom. So each part looks at ids that
 *   others have in between, and at no more of them than `@span`.
 * - What of this is locked, when and why, is what `oldestChanges` says.
 */
export function changesBesideFloods(schema: string): OwnStatement {
  const types = {
    limit: "int",
    after: "bigint",
    others: "bigint",
    most: "int",
    span: "bigint",
    floods: "nvarchar(max)",
  } as const;
  const found = readBesideFloods(schema);
  return batchOf("changes-beside-floods", callOf(found, types), [found], types);
}

function readBesideFloods(schema: string): string {
  const column = (name: string) => `c.${name.trim()}`;
  const columns = changeColumns.split(",").map(column).join(", ");
  const flooded = `f.strategy = c.strategy OR (f.strategy IS NULL AND c.strategy IS NULL AND f.category = c.category ${binary})`;
  return `DECLARE @began datetime2(7) = SYSUTCDATETIME(), @strategies bigint, @revision bigint, @oldest bigint, @newest bigint, @left int;
DECLARE @flood TABLE (number int NOT NULL PRIMARY KEY, category nvarchar(128) ${binary}, strategy ${strategyName},
  after bigint NOT NULL, share float NOT NULL);
${changeTable}
SELECT @strategies = strategies_revision, @revision = revision FROM ${schema}.dispatcher ${skipLocked} WHERE id = 1;
SELECT @oldest = MIN(id) FROM ${schema}.change ${skipLocked} WHERE id > @after;
SELECT @newest = MAX(id) FROM ${schema}.change ${skipLocked};
IF @revision IS NULL
SELECT @limit = 1, @most = 1;
IF @others < @oldest
SET @others = @oldest - 1;
INSERT INTO @flood (number, category, strategy, after, share)
SELECT n, c, s, CASE WHEN a < @oldest THEN @oldest - 1 ELSE a END, p
  FROM OPENJSON(@floods) WITH (n int '$.n', c nvarchar(128) '$.c', s varchar(64) '$.s', a bigint '$.a', p float '$.p') AS j;
INSERT INTO @change (${changeColumns})
SELECT TOP (@most) ${columns}
  FROM ${schema}.change AS c ${skipLocked}
 WHERE c.id > @others AND c.id <= @others + @span + 1 AND NOT EXISTS (SELECT 1 FROM @flood AS f WHERE ${flooded})
 ORDER BY c.id;
SELECT @left = @limit - COUNT(*) FROM @change;
INSERT INTO @change (${changeColumns})
SELECT TOP (@left) ${columns}
  FROM @flood AS f
 CROSS APPLY (
   SELECT TOP (CAST(CEILING(@left * f.share) AS int)) ${columns}
     FROM ${schema}.change AS c ${skipLocked}
    WHERE c.id > f.after AND c.id <= f.after + @span + 1 AND (${flooded})
    ORDER BY c.id) AS c
 ORDER BY f.number, c.id;
${foundChanges({ newest: "@newest", oldest: "@oldest" })}`;
}
