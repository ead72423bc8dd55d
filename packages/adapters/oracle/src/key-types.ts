import type { FieldType, KeyEquality } from "@syncline/core/spi";
import oracledb from "oracledb";
import type { OracleColumn } from "./driver.ts";

/**
 * The types that a key is given beside its field's own (`keyExpression`), as `CAST` names them, or
 * as what stands for it: `VARCHAR2(4000)` is a text whose emptiness the template asks for.
 */
export const keySqlTypes = {
  char: "CHAR(2000 BYTE)",
  nchar: "NCHAR(1000)",
  raw: "RAW(2000)",
  uuid: "RAW(16)",
  localTime: "TIMESTAMP(9) WITH LOCAL TIME ZONE",
  boolean: "BOOLEAN",
  maybeEmpty: "VARCHAR2(4000)",
} as const;

/** What becomes of a parameter that is compared with a column. */
export type KeyUse =
  /** `sqlType` absent: the field's own type. */
  | { readonly sqlType?: string; readonly equality: KeyEquality }
  /** A clause that follows the parameter's name. */
  | { readonly refused: string };

const own: KeyUse = { equality: "exact" };

/** Where a parameter stands. */
export interface KeyPlace {
  /** What it is compared with, as the template writes it. */
  readonly expression: string;
  /** By `<`, `>` or BETWEEN. */
  readonly isRange: boolean;
}

const equal: KeyPlace = { expression: "", isRange: false };

/**
 * Why a field's value that a template makes into a text may not be found: a UUID has small letters,
 * 0.5 becomes `.5`, and a time what the session's format says. A clause, or `undefined`.
 *
 * @param textMaker as in `ParameterUse`.
 */
export function whyNotMadeText(field: FieldType, textMaker: string | undefined): string | undefined {
  if (textMaker === undefined || !spelledOtherwise.has(field)) return undefined;
  return `is a ${field} and is made a text by ${textMaker}, which may be spelled otherwise than the column: say how, by UPPER, LOWER, HEXTORAW or TO_CHAR`;
}

/**
 * Why an expression with a field's value in it is no key of this column: only a CHAR is compared
 * with blanks at its end meaning nothing, and no expression is one. A clause, or `undefined`.
 */
export function whyNotPadded(field: FieldType, { dbType }: OracleColumn): string | undefined {
  if (field !== "string" && field !== "uuid") return undefined;
  if (dbType !== oracledb.DB_TYPE_CHAR && dbType !== oracledb.DB_TYPE_NCHAR) return undefined;
  return "is part of an expression that is compared with a CHAR, whose blanks at its end it lacks: compare RTRIM(the column)";
}

const spelledOtherwise: ReadonlySet<FieldType> = new Set(["uuid", "decimal", "date", "timestamp"]);

/**
 * How a field's parameter is compared with what has this type. Oracle infers no type for a bind:
 * what is bound as VARCHAR2 is compared as one, and which side is converted follows from the two
 * types (SQL Language Reference, "Data Type Comparison Rules").
 *
 * - CHAR is compared with VARCHAR2 without padding, so `'abc'` does not find `'abc '`; between two
 *   CHARs trailing blanks mean nothing. 2,000 bytes hold every key, so nothing is cut off.
 * - A column of the type RAW, or WITH LOCAL TIME ZONE, could be converted itself: it would be
 *   compared as text, or lose its index.
 * - A time without a zone would be compared in the session's.
 * - A text may write a UUID in capitals, and the key would not find it.
 * - A DATE has a time of day: a day is equal to its midnight alone.
 * - Floating-point numbers, FLOAT among them, are not equal to what they are written as.
 */
export function keyUseOf(field: FieldType, column: OracleColumn, { expression, isRange }: KeyPlace = equal): KeyUse {
  const { dbType } = column;
  if (isFloat(column))
    return { refused: `is compared with a ${column.dbTypeName ?? "FLOAT"}, and no floating-point number can be a key` };
  if (field === "string") return textUse(dbType);
  if (field === "uuid") return uuidUse(dbType, expression);
  if (field === "timestamp") return timestampUse(column, isRange);
  if (field === "date") return isRange || isDay(expression) ? dayUse(column) : dateUse(column);
  if (field === "boolean" && dbType === oracledb.DB_TYPE_BOOLEAN)
    return { sqlType: keySqlTypes.boolean, equality: "exact" };
  return own;
}

/** FLOAT(n) is a NUMBER that keeps n binary digits: it is described with a precision and without a scale. */
function isFloat({ dbType, precision = 0, scale = 0 }: OracleColumn): boolean {
  if (dbType === oracledb.DB_TYPE_BINARY_FLOAT || dbType === oracledb.DB_TYPE_BINARY_DOUBLE) return true;
  return dbType === oracledb.DB_TYPE_NUMBER && precision > 0 && scale === noScale;
}

const noScale = -127;

function textUse(dbType: unknown): KeyUse {
  switch (dbType) {
    case oracledb.DB_TYPE_CHAR:
      return { sqlType: keySqlTypes.char, equality: "padded" };
    case oracledb.DB_TYPE_NCHAR:
      return { sqlType: keySqlTypes.nchar, equality: "padded" };
    case oracledb.DB_TYPE_RAW:
      return { sqlType: keySqlTypes.raw, equality: "caseless" };
    case oracledb.DB_TYPE_NUMBER:
      return { equality: "decimal" };
    default:
      if (!times.has(dbType)) return own;
      return {
        refused:
          "is a text and is compared with a time, by a format of the session's: declare the field as date or timestamp",
      };
  }
}

function uuidUse(dbType: unknown, expression: string): KeyUse {
  if (dbType === oracledb.DB_TYPE_RAW) return { sqlType: keySqlTypes.uuid, equality: "exact" };
  if (/\bRAWTOHEX\s*\(/i.test(expression))
    return { refused: "is a UUID and is compared with RAWTOHEX(…), which has no hyphens: compare the RAW itself" };
  if (texts.has(dbType) && !/^LOWER\s*\(/i.test(expression))
    return {
      refused:
        "is a UUID in small letters and is compared with a text, which may have capitals: declare the field as string, or compare LOWER(the column)",
    };
  if (dbType === oracledb.DB_TYPE_CHAR) return { sqlType: keySqlTypes.char, equality: "exact" };
  return dbType === oracledb.DB_TYPE_NCHAR ? { sqlType: keySqlTypes.nchar, equality: "exact" } : own;
}

const zoned: ReadonlySet<unknown> = new Set([oracledb.DB_TYPE_TIMESTAMP_TZ, oracledb.DB_TYPE_TIMESTAMP_LTZ]);
const zoneless: ReadonlySet<unknown> = new Set([oracledb.DB_TYPE_DATE, oracledb.DB_TYPE_TIMESTAMP]);
const times: ReadonlySet<unknown> = new Set([...zoned, ...zoneless]);

function timestampUse({ dbType, precision = 0 }: OracleColumn, isRange: boolean): KeyUse {
  if (zoned.has(dbType) && precision > mostPlaces && !isRange)
    return {
      refused: `is compared with a time of ${precision} places, and a key keeps ${mostPlaces}: write CAST(the column AS TIMESTAMP(6) WITH TIME ZONE), or declare its column so`,
    };
  if (dbType === oracledb.DB_TYPE_TIMESTAMP_LTZ) return { sqlType: keySqlTypes.localTime, equality: "exact" };
  if (zoneless.has(dbType)) {
    const type = dbType === oracledb.DB_TYPE_DATE ? "DATE" : "TIMESTAMP";
    return {
      refused: `is an instant and is compared with a ${type}, which has no zone: say which zone it is in, as in CAST(:at AT TIME ZONE 'UTC' AS ${type})`,
    };
  }
  return texts.has(dbType)
    ? { refused: "is an instant and is compared with a text: convert the text in the query" }
    : own;
}

const mostPlaces = 6;

/** Midnight of what it is given. */
function isDay(expression: string): boolean {
  return /^TRUNC\s*\([^,]*\)$/i.test(expression);
}

function dateUse(column: OracleColumn): KeyUse {
  if (!zoneless.has(column.dbType)) return dayUse(column);
  const type = column.dbType === oracledb.DB_TYPE_DATE ? "DATE" : "TIMESTAMP";
  return {
    refused: `is a day and is compared with a ${type}, which has a time of day: write TRUNC(the column) = :day, or the column >= :day AND the column < :day + 1`,
  };
}

function dayUse({ dbType }: OracleColumn): KeyUse {
  if (zoned.has(dbType))
    return {
      refused:
        "is a day and is compared with an instant: say in which zone it begins, as in FROM_TZ(CAST(:day AS TIMESTAMP), 'UTC')",
    };
  return texts.has(dbType) ? { refused: "is a day and is compared with a text: convert the text in the query" } : own;
}

const texts: ReadonlySet<unknown> = new Set([
  oracledb.DB_TYPE_CHAR,
  oracledb.DB_TYPE_NCHAR,
  oracledb.DB_TYPE_VARCHAR,
  oracledb.DB_TYPE_NVARCHAR,
]);

/**
 * Why what has this type cannot be recorded as a field's key value: it would not be the same in
 * each session, or not be found. A clause.
 */
export function whyNotRecorded(field: FieldType, column: OracleColumn): string | undefined {
  const { dbType } = column;
  if (isFloat(column)) return "is a floating-point number, which can be no key";
  if (field === "string" && times.has(dbType))
    return "is a time, and a text by the session's format alone: use TO_CHAR";
  if (field === "timestamp" && !zoned.has(dbType))
    return "is no instant: say which zone it is in, as in FROM_TZ(CAST(made AS TIMESTAMP), 'UTC')";
  if (field === "date" && !zoneless.has(dbType)) return "is no DATE: use CAST or TO_DATE";
  return undefined;
}
