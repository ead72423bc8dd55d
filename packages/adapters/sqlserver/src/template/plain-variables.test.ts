import { expect, test } from "vitest";
import { plainVariables } from "./plain-variables.ts";

test.each([
  [
    "SELECT id FROM t FOR SYSTEM_TIME AS OF CAST(@p1 AS datetimeoffset(6)) AS x WHERE a = CAST(@p1 AS datetimeoffset(6))",
    "SELECT id FROM t FOR SYSTEM_TIME AS OF @p1 AS x WHERE a = CAST(@p1 AS datetimeoffset(6))",
  ],
  [
    "SELECT id FROM t FOR SYSTEM_TIME BETWEEN CONVERT(datetime2, @p1, 126) AND CAST(@p2 AS date) WHERE b = 1",
    "SELECT id FROM t FOR SYSTEM_TIME BETWEEN @p1 AND @p2 WHERE b = 1",
  ],
  [
    "SELECT id FROM t FOR SYSTEM_TIME FROM '2020-01-01' TO CASE WHEN @p1 = CAST(@p1 AS date) THEN CAST(@p1 AS date) END x",
    "SELECT id FROM t FOR SYSTEM_TIME FROM '2020-01-01' TO @p1 x",
  ],
  [
    "SELECT id FROM t FOR SYSTEM_TIME CONTAINED IN (CAST(@p1 AS date), CAST(@p2 AS date))",
    "SELECT id FROM t FOR SYSTEM_TIME CONTAINED IN (@p1, @p2)",
  ],
  [
    "SELECT STRING_AGG(CAST(@p1 AS bigint), CAST(@p1 AS bigint)) WITHIN GROUP (ORDER BY a) AS x FROM t",
    "SELECT STRING_AGG(CAST(@p1 AS bigint), @p1) WITHIN GROUP (ORDER BY a) AS x FROM t",
  ],
  [
    "SELECT 1 AS x FROM CONTAINSTABLE(t, a, CAST(@p1 AS varchar(1200)), LANGUAGE CAST(@p2 AS bigint)) AS k",
    "SELECT 1 AS x FROM CONTAINSTABLE(t, a, @p1, LANGUAGE @p2) AS k",
  ],
])("what takes a variable gets one: %s", (text, expected) => {
  expect(plainVariables(text)).toBe(expected);
});

test.each([
  "SELECT 'STRING_AGG(a, CAST(@p1 AS date))' AS x -- STRING_AGG(a, CAST(@p1 AS date))",
  "SELECT STRING_AGG(a, ',') AS x, @p1 AS k FROM t WHERE CONTAINS(a, @p1)",
  "SELECT id FROM t FOR SYSTEM_TIME ALL WHERE a = CAST(@p1 AS date)",
  "SELECT STRING_AGG(a, CONCAT(@p1, @p2)) AS x FROM t",
])("all else stays: %s", (text) => {
  expect(plainVariables(text)).toBe(text);
});
