/**
 * A session's SET ROWCOUNT limits what its procedures write as well, without an error: changes were
 * lost. Inside of a procedure the setting is undone when it ends. ALTER keeps what is granted.
 * `schema` is a quoted identifier.
 */
export function wholeRecords(schema: string): readonly string[] {
  return [recordChange(schema), recordChanges(schema)];
}

const recordChange = (schema: string) =>
  `ALTER PROCEDURE ${schema}.record_change @category nvarchar(max), @condition nvarchar(max), @operation nvarchar(max) = N'upsert' AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF ISNULL(ISJSON(@condition), 0) = 0 THROW 50000, N'record_change: @condition is not JSON, such as {"orderId": 42}.', 1;
INSERT INTO ${schema}.change (category, condition, operation) VALUES (@category, @condition, @operation);
END`;

const recordChanges = (schema: string) =>
  `ALTER PROCEDURE ${schema}.record_changes @category nvarchar(max), @conditions nvarchar(max), @operation nvarchar(max) = N'upsert' AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF ISNULL(ISJSON(@conditions), 0) = 0 THROW 50000, N'record_changes: @conditions is not a JSON array of conditions.', 1;
INSERT INTO ${schema}.change (category, condition, operation)
SELECT @category, given.value, @operation FROM OPENJSON(@conditions) AS given ORDER BY CAST(given.[key] AS int);
END`;
