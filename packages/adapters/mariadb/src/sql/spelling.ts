import type { ColumnSpelling } from "@syncline/core/adapter-kit";
import { quoteIdentifier } from "./identifier.ts";

/** The server's clock when the statement began, whatever the session's time zone is. */
export const now = "UTC_TIMESTAMP(6)";
const epoch = "TIMESTAMP'1970-01-01 00:00:00'";

/** Epoch milliseconds of a column that holds a time in UTC. */
export function epochMs(expression: string): string {
  return `TIMESTAMPDIFF(MICROSECOND, ${epoch}, ${expression}) / 1000`;
}

/** The time in UTC at so many epoch milliseconds. */
export function timeAt(ms: string): string {
  return `${epoch} + INTERVAL ROUND(${ms} * 1000) MICROSECOND`;
}

/** So many milliseconds after a time, or 95 years: beyond the calendar's end would be NULL. */
export function timeAfter(ms: string, from = now): string {
  return `${from} + INTERVAL ROUND(LEAST(${ms}, 3e12) * 1000) MICROSECOND`;
}

/** 64-bit integers come as bigint from the driver, and lose nothing. */
export const spelling: ColumnSpelling = {
  name: quoteIdentifier,
  kinds: {
    instant: epochMs,
    age: (oldest) => `GREATEST(0, COALESCE(TIMESTAMPDIFF(MICROSECOND, ${oldest}, ${now}) / 1000, 0))`,
  },
};
