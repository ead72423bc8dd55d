import { binary, instant, strategyName } from "../sql/column-types.ts";

/**
 * What operators do. Whoever may act adds by a procedure with its owner's rights to the table: a
 * right of INSERT would be one to say when it was, and who. It deletes what is older than 400 days,
 * a hundred at a time. `schema` is a quoted identifier.
 */
export function operations(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.operation (
  id bigint IDENTITY NOT NULL CONSTRAINT operation_pk PRIMARY KEY,
  acted_at ${instant} NOT NULL CONSTRAINT operation_acted_at DEFAULT SYSUTCDATETIME(),
  login nvarchar(128) NOT NULL CONSTRAINT operation_login DEFAULT ORIGINAL_LOGIN(),
  actor nvarchar(200) NULL,
  action varchar(64) ${binary} NOT NULL,
  strategy ${strategyName} NULL,
  reason nvarchar(1000) NULL,
  selection nvarchar(2000) NOT NULL CONSTRAINT operation_selection DEFAULT N'{}',
  count bigint NULL
)`,
    `CREATE PROCEDURE ${schema}.keep_operation @record nvarchar(max), @count bigint AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
INSERT INTO ${schema}.operation (actor, action, strategy, reason, selection, count)
SELECT j.w, j.a, j.s, j.y, j.f, @count
  FROM OPENJSON(@record) WITH (w nvarchar(200) '$.w', a varchar(64) '$.a', s varchar(64) '$.s', y nvarchar(1000) '$.y',
       f nvarchar(2000) '$.f') AS j;
DELETE o FROM ${schema}.operation AS o WITH (READPAST, READCOMMITTEDLOCK, ROWLOCK)
 WHERE o.id IN (SELECT TOP (100) p.id FROM ${schema}.operation AS p WITH (READPAST, READCOMMITTEDLOCK, ROWLOCK) ORDER BY p.id)
   AND o.acted_at < DATEADD(day, -400, SYSUTCDATETIME());
END`,
  ];
}
