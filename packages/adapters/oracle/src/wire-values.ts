import { losslessNumber } from "@syncline/core/adapter-kit";
import type { WireValue } from "@syncline/core/spi";
import oracledb from "oracledb";
import type { OracleColumn } from "./driver.ts";

/** What the driver is told of a column: which type to fetch, and what to make of each value. */
interface FetchAs {
  readonly type?: unknown;
  readonly converter?: (value: unknown) => unknown;
}

/**
 * How values travel, by type.
 *
 * | type | wire value |
 * |---|---|
 * | NUMBER(p) with p up to 15 | number |
 * | every other NUMBER, also one without a precision | string of digits; with `numbers: "number"` a number, and `query.data` where one would lose digits |
 * | BINARY_FLOAT, BINARY_DOUBLE | number; `"NaN"`, `"Infinity"`, `"-Infinity"` as strings, since JSON has no such numbers |
 * | BOOLEAN (23ai) | boolean |
 * | CHAR, VARCHAR2, NCHAR, NVARCHAR2, CLOB, NCLOB, LONG, ROWID, XMLTYPE | string; an empty one is NULL in Oracle |
 * | DATE | ISO 8601; at midnight a date alone |
 * | TIMESTAMP | ISO 8601 without a zone; WITH (LOCAL) TIME ZONE in UTC |
 * | INTERVAL | ISO 8601 duration |
 * | RAW, LONG RAW, BLOB | base64 |
 * | JSON (21c) | the value; numbers that would lose digits as strings |
 *
 * Times, JSON and XMLTYPE are made texts by the statement itself (`read-shape.ts`): the driver would make `Date`s of times,
 * by the process's own time zone and without their microseconds.
 */
export function fetchAs(column: OracleColumn, numbers: "string" | "number"): FetchAs | undefined {
  switch (column.dbType) {
    case oracledb.DB_TYPE_NUMBER:
      // As a text, which is what the driver reads from the wire; its own numbers are doubles.
      return { type: oracledb.DB_TYPE_VARCHAR, converter: unlessNull(numberReader(column, numbers)) };
    case oracledb.DB_TYPE_BINARY_DOUBLE:
      return { converter: unlessNull(doubleValue) };
    case oracledb.DB_TYPE_BINARY_FLOAT:
      return { converter: unlessNull(floatValue) };
    case oracledb.DB_TYPE_CLOB:
    case oracledb.DB_TYPE_NCLOB:
      return { type: oracledb.DB_TYPE_VARCHAR };
    case oracledb.DB_TYPE_BLOB:
      return { type: oracledb.DB_TYPE_RAW, converter: unlessNull(base64) };
    case oracledb.DB_TYPE_RAW:
    case oracledb.DB_TYPE_LONG_RAW:
      return { converter: unlessNull(base64) };
    case oracledb.DB_TYPE_INTERVAL_DS:
      return { converter: unlessNull(dayInterval) };
    case oracledb.DB_TYPE_INTERVAL_YM:
      return { converter: unlessNull(yearInterval) };
    default:
      return undefined;
  }
}

/** Types that need no more than the driver does by itself. */
export const plainTypes: ReadonlySet<unknown> = new Set([
  oracledb.DB_TYPE_VARCHAR,
  oracledb.DB_TYPE_CHAR,
  oracledb.DB_TYPE_NVARCHAR,
  oracledb.DB_TYPE_NCHAR,
  oracledb.DB_TYPE_LONG,
  oracledb.DB_TYPE_ROWID,
  oracledb.DB_TYPE_BOOLEAN,
]);

function unlessNull(read: (value: never) => WireValue): (value: unknown) => WireValue {
  return (value) => (value === null || value === undefined ? null : read(value as never));
}

/** Whole numbers of so many digits are exact as JavaScript's. */
const mostExactDigits = 15;

function numberReader(
  { precision = 0, scale }: OracleColumn,
  numbers: "string" | "number",
): (text: string) => WireValue {
  if (scale === 0 && precision > 0 && precision <= mostExactDigits) return Number;
  return numbers === "string" ? plainDigits : (text) => losslessNumber(plainDigits(text));
}

/** Without an exponent, and with a zero before the point. */
export function plainDigits(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = whole + fraction;
  if (digits === "") return text;
  const point = whole.length + Number(exponent);
  const padded = point <= 0 ? digits.padStart(digits.length - point, "0") : digits.padEnd(point, "0");
  const left = padded.slice(0, Math.max(0, point)).replace(/^0+(?=\d)/, "") || "0";
  const right = padded.slice(Math.max(0, point)).replace(/(?<!0)0+$/, "");
  return `${sign}${left}${right === "" ? "" : `.${right}`}`;
}

function doubleValue(value: number): WireValue {
  return Number.isFinite(value) ? value : String(value);
}

/** The shortest decimal that is this very float: as a double, 0.1 would be 0.10000000149011612. */
function floatValue(value: number): WireValue {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === Math.fround(value)) return shorter;
  }
  return value;
}

function base64(value: Buffer): string {
  return value.toString("base64");
}

interface DayInterval {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Nanoseconds. */
  readonly fseconds: number;
}

/** `P1DT2H3M4.5S`. All parts of an interval have one sign. */
function dayInterval({ days, hours, minutes, seconds, fseconds }: DayInterval): string {
  const isNegative = [days, hours, minutes, seconds, fseconds].some((part) => part < 0);
  const fraction = String(Math.abs(fseconds))
    .padStart(9, "0")
    .replace(/(?<!0)0+$/, "");
  const whole = `${Math.abs(seconds)}${fraction === "" ? "" : `.${fraction}`}`;
  return `${isNegative ? "-" : ""}P${Math.abs(days)}DT${Math.abs(hours)}H${Math.abs(minutes)}M${whole}S`;
}

function yearInterval({ years, months }: { readonly years: number; readonly months: number }): string {
  return `${years < 0 || months < 0 ? "-" : ""}P${Math.abs(years)}Y${Math.abs(months)}M`;
}
