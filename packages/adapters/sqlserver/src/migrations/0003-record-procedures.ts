/**
 * How any language records. `schema` is a quoted identifier. The condition's spelling need not be canonical.
 *
 * The parameters are longer than the columns: a procedure cuts what is too long for a parameter without a word, where an
 * INSERT refuses what is too long for a column.
 */
export function recordProcedures(schema: string): readonly string[] {
  return [recordChange(schema), recordChanges(schema)];
}

const recordChange = (schema: string) =>
  `CREATE PROCEDURE ${schema}.record_change @category nvarchar(max), @condition nvarchar(max), @operation nvarchar(max) = N'upsert' AS
BEGIN
SET NOCOUNT ON;
IF ISNULL(ISJSON(@condition), 0) = 0 THROW 50000, N'record_change: @condition is not JSON, such as {"orderId": 42}.', 1;
INSERT INTO ${schema}.change (category, condition, operation) VALUES (@category, @condition, @operation);
END`;

const recordChanges = (schema: string) =>
  `CREATE PROCEDURE ${schema}.record_changes @category nvarchar(max), @conditions nvarchar(max), @operation nvarchar(max) = N'upsert' AS
BEGIN
SET NOCOUNT ON;
IF ISNULL(ISJSON(@conditions), 0) = 0 THROW 50000, N'record_changes: @conditions is not a JSON array of conditions.', 1;
INSERT INTO ${schema}.change (category, condition, operation)
SELECT @category, given.value, @operation FROM OPENJSON(@conditions) AS given ORDER BY CAST(given.[key] AS int);
END`;
