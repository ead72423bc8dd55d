import { instant } from "./column-types.ts";

const dayMs = 86_400_000;
const epoch = `CAST('1970-01-01' AS ${instant})`;

/** UTC, always: `SYSUTCDATETIME()`, to the millisecond. */
export const declareNow = `DECLARE @now ${instant} = SYSUTCDATETIME();`;

/** An instant as epoch milliseconds. DATEDIFF, without _BIG, overflows after 24 days. */
export function epochMs(expression: string): string {
  return `DATEDIFF_BIG(millisecond, ${epoch}, ${expression})`;
}

/** Milliseconds from then to `@now`; 0 without one. */
export function ageMs(oldest: string): string {
  return `CASE WHEN ${oldest} < @now THEN DATEDIFF_BIG(millisecond, ${oldest}, @now) ELSE 0 END`;
}

/** Whole milliseconds (a bigint) after an instant. In two steps, since DATEADD takes an int: 24 days of milliseconds. */
export function after(expression: string, milliseconds: string): string {
  const days = `DATEADD(day, CAST(${milliseconds} / ${dayMs} AS int), ${expression})`;
  return `DATEADD(millisecond, CAST(${milliseconds} % ${dayMs} AS int), ${days})`;
}

/** Epoch milliseconds (a bigint) as an instant. */
export function fromEpochMs(milliseconds: string): string {
  return after(epoch, milliseconds);
}

/** LEAST() came with SQL Server 2022. */
export function earlier(one: string, other: string): string {
  return `CASE WHEN ${one} <= ${other} THEN ${one} ELSE ${other} END`;
}

/** GREATEST() as well. */
export function later(one: string, other: string): string {
  return `CASE WHEN ${one} >= ${other} THEN ${one} ELSE ${other} END`;
}

/** The server's clock as microseconds since 1970: below 2⁵³ until the year 2255. */
export const epochMicroseconds = "DATEDIFF_BIG(microsecond, CAST('1970-01-01' AS datetime2(6)), SYSUTCDATETIME())";
