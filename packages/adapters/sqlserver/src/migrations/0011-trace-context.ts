/**
 * Where the trace context of a change stands, on its way to the delivery, and how any language
 * records it. What is too long is none, and must not fail a recording. ALTER keeps what is granted.
 * `schema` is a quoted identifier.
 */
export function traceContext(schema: string): readonly string[] {
  return [
    ...["change", "delivery"].map((table) => `ALTER TABLE ${schema}.${table} ADD traceparent varchar(64) NULL`),
    recordChange(schema),
    recordChanges(schema),
  ];
}

const recordChange = (schema: string) =>
  `ALTER PROCEDURE ${schema}.record_change @category nvarchar(max), @condition nvarchar(max), @operation nvarchar(max) = N'upsert',
  @traceparent nvarchar(max) = NULL AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF ISNULL(ISJSON(@condition), 0) = 0 THROW 50000, N'record_change: @condition is not JSON, such as {"orderId": 42}.', 1;
INSERT INTO ${schema}.change (category, condition, operation, traceparent)
VALUES (@category, @condition, @operation, LEFT(@traceparent, 64));
END`;

const recordChanges = (schema: string) =>
  `ALTER PROCEDURE ${schema}.record_changes @category nvarchar(max), @conditions nvarchar(max), @operation nvarchar(max) = N'upsert',
  @traceparent nvarchar(max) = NULL AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF ISNULL(ISJSON(@conditions), 0) = 0 THROW 50000, N'record_changes: @conditions is not a JSON array of conditions.', 1;
INSERT INTO ${schema}.change (category, condition, operation, traceparent)
SELECT @category, given.value, @operation, LEFT(@traceparent, 64)
  FROM OPENJSON(@conditions) AS given ORDER BY CAST(given.[key] AS int);
END`;
