import { losslessNumber } from "@syncline/core/adapter-kit";
import { SynclineError, type WireValue } from "@syncline/core/spi";
import type { MssqlColumn } from "./driver.ts";
import { exactDecimal } from "./exact-decimal.ts";
import { dateText, dateTimeText, timeText } from "./time-text.ts";

/** A value that is not NULL, as it travels; `inexact` where the driver has lost digits of it. */
export type ConvertValue = (value: unknown) => WireValue | typeof inexact;

/** The driver reads decimals as doubles, and this one may have had more digits. */
export const inexact: unique symbol = Symbol("inexact");

/**
 * How the values of a column travel.
 *
 * | type | wire value |
 * |---|---|
 * | tinyint, smallint, int, float, real | number |
 * | bigint, decimal, money | string of digits; with `numbers: "number"` a number, and `query.data` where one would lose digits |
 * | bit | boolean |
 * | date, time, datetime, datetime2 | ISO 8601 without a zone |
 * | datetimeoffset | ISO 8601 in UTC |
 * | uniqueidentifier | lower case |
 * | binary, varbinary, rowversion | base64 |
 * | texts, xml | string |
 *
 * Errors: `query.invalid` for what has no form of its own (sql_variant, spatial types).
 */
export function converterOf({ name, type, scale }: MssqlColumn, numbers: "string" | "number"): ConvertValue {
  const digits = numbers === "string" ? verbatim : losslessNumber;
  const sqlType = declarationOf(type);
  switch (sqlType) {
    case "bigint":
      return (value) => digits(String(value));
    case "decimal":
    case "numeric":
      return (value) => decimalValue(value, scale ?? 0, digits);
    case "money":
    case "smallmoney":
      return (value) => decimalValue(value, 4, digits);
    case "variant":
      throw unreadable(name, "sql_variant");
    default:
      return plainConverters[sqlType] ?? ((value) => plainValue(name, sqlType, value));
  }
}

/** Of a column that was cast to a text, so that it keeps its digits. */
export function decimalTextConverter(numbers: "string" | "number"): ConvertValue {
  const digits = numbers === "string" ? verbatim : losslessNumber;
  return (value) => digits(String(value));
}

/** Whether the driver reads the column as a double that may lose digits; the type to cast it to first, if any. */
export function isDecimal({ type }: MssqlColumn): "decimal" | "money" | undefined {
  const sqlType = declarationOf(type);
  if (sqlType === "decimal" || sqlType === "numeric") return "decimal";
  return sqlType === "money" || sqlType === "smallmoney" ? "money" : undefined;
}

const plainConverters: { readonly [sqlType: string]: ConvertValue } = {
  real: (value) => shortestReal(Number(value)),
  uniqueidentifier: (value) => String(value).toLowerCase(),
  date: (value) => (value instanceof Date ? dateText(value) : String(value)),
  time: (value) => (value instanceof Date ? timeText(value) : String(value)),
  datetime: (value) => (value instanceof Date ? dateTimeText(value) : String(value)),
  smalldatetime: (value) => (value instanceof Date ? dateTimeText(value) : String(value)),
  datetime2: (value) => (value instanceof Date ? dateTimeText(value) : String(value)),
  datetimeoffset: (value) => (value instanceof Date ? `${dateTimeText(value)}Z` : String(value)),
};

function plainValue(name: string, sqlType: string, value: unknown): WireValue {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  if (Buffer.isBuffer(value)) return value.toString("base64");
  throw unreadable(name, sqlType === "" ? "a type of its own" : sqlType);
}

function decimalValue(value: unknown, scale: number, digits: (text: string) => WireValue): WireValue | typeof inexact {
  if (typeof value !== "number") return digits(String(value));
  const text = exactDecimal(value, scale);
  return text === undefined ? inexact : digits(text);
}

/** The shortest number that is the same real: 0.1, where the double that holds it prints 0.10000000149011612. */
function shortestReal(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

function verbatim(text: string): string {
  return text;
}

/** By its word and not its identity: the application may have another copy of the driver. */
function declarationOf(type: unknown): string {
  const isObject = (typeof type === "object" && type !== null) || typeof type === "function";
  const declaration: unknown = isObject ? Reflect.get(type, "declaration") : undefined;
  return typeof declaration === "string" ? declaration : "";
}

function unreadable(column: string, sqlType: string): SynclineError {
  return new SynclineError(
    "query.invalid",
    `The column "${column}" is ${sqlType}, which has no form that travels: CAST it in the query, to a text for instance.`,
  );
}
