import type { ChangeOperation } from "./change.ts";

/**
 * A row as an array, in the order of its SELECT. Numbers may be digits in a text, as 64-bit ones
 * must be; times epoch milliseconds or ISO 8601.
 */
export type AnswerRow = readonly unknown[];

/** Where each column stands in a row. */
export function placesOf<Column extends string>(columns: readonly Column[]): { readonly [Name in Column]: number } {
  return Object.fromEntries(columns.map((column, place) => [column, place])) as { [Name in Column]: number };
}

export function flagOf(value: unknown): boolean {
  return value === true || value === "true" || Number(value) > 0;
}

export function instantOf(value: unknown): number {
  return typeof value === "string" && value.includes("T") ? Date.parse(value) : Number(value);
}

export function operationOf(value: unknown): ChangeOperation {
  return value === "delete" ? "delete" : "upsert";
}
