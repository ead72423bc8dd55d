import { losslessNumber, parseJsonText } from "@syncline/core/adapter-kit";
import type { WireValue } from "@syncline/core/spi";
import { parseArrayText } from "./array-text.ts";
import type { PgTypes } from "./driver.ts";
import { dateText, timestampText, timestamptzText, timetzText } from "./time-text.ts";

export type Parse = (text: string) => WireValue;

/**
 * How values travel, by type; every other type as PostgreSQL's own text, and arrays of these as
 * arrays (`own-types.ts` has those whose numbers are not fixed).
 *
 * | type | wire value |
 * |---|---|
 * | int2, int4, oid | number |
 * | int8, numeric | string of digits; with `numbers: "number"` a number, and `query.data` where one would lose digits |
 * | float4, float8 | number; `"NaN"`, `"Infinity"`, `"-Infinity"` as strings, since JSON has no such numbers |
 * | bool | boolean |
 * | date, timestamp, timestamptz, timetz | ISO 8601, timestamptz in UTC; `"infinity"` |
 * | interval | ISO 8601 duration |
 * | bytea | base64 |
 * | json, jsonb | the value; numbers that would lose digits as strings |
 * | money | as numeric |
 * | domain | as what it restricts |
 *
 * They expect a session as `sessionSettings` sets it up.
 */
export function wireTypes(numbers: "string" | "number"): PgTypes {
  return numbers === "string" ? exactTypes : numericTypes;
}

/** What the server, the database, the role or the pool may have set, and what the texts depend on. */
export const sessionSettings: { readonly [name: string]: string } = {
  DateStyle: "ISO, MDY",
  IntervalStyle: "iso_8601",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  // Without it, an element that has no value is the text NULL.
  array_nulls: "on",
  // The template scanner takes a backslash in a plain string for a backslash.
  standard_conforming_strings: "on",
};

function verbatim(text: string): string {
  return text;
}

function floatValue(text: string): WireValue {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function base64(text: string): string {
  return Buffer.from(text.slice(2), "hex").toString("base64");
}

/** How a type is read that is not its text; `undefined` for one that is, or has no fixed number. */
export function parserOf(type: number, numbers: "string" | "number"): Parse | undefined {
  return (numbers === "string" ? exactParsers : numericParsers).get(type);
}

/** Whether values of this type are known to be texts. */
export function isText(type: number): boolean {
  return texts.has(type);
}

function parsersWith(number: Parse): ReadonlyMap<number, Parse> {
  // Rows of [type, its array type, how to read it]: the numbers are those of pg_type.dat, fixed for ever.
  const table: readonly (readonly [oid: number, arrayOid: number, parse: Parse])[] = [
    [16, 1000, (text) => text === "t"],
    [21, 1005, Number],
    [23, 1007, Number],
    [26, 1028, Number],
    [20, 1016, number],
    [1700, 1231, number],
    [700, 1021, floatValue],
    [701, 1022, floatValue],
    [1082, 1182, dateText],
    [1114, 1115, timestampText],
    [1184, 1185, timestamptzText],
    [1266, 1270, timetzText],
    [17, 1001, base64],
    [114, 199, parseJsonText],
    [3802, 3807, parseJsonText],
  ];
  const parsers = new Map<number, Parse>();
  for (const [oid, arrayOid, parse] of table) {
    parsers.set(oid, parse);
    parsers.set(arrayOid, (text) => parseArrayText(text, parse));
  }
  for (const arrayOid of verbatimArrays) parsers.set(arrayOid, (text) => parseArrayText(text, verbatim));
  return parsers;
}

function typesOf(parsers: ReadonlyMap<number, Parse>): PgTypes {
  return { getTypeParser: (oid) => parsers.get(oid) ?? verbatim };
}

/**
 * Arrays of types that travel as text: char, name, text, bpchar, varchar, uuid, time, interval,
 * network, bit, xml, jsonpath, ranges.
 */
const verbatimArrays: readonly number[] = [
  1002, 1003, 1009, 1014, 1015, 2951, 1183, 1187, 1041, 651, 1040, 775, 1561, 1563, 143, 3905, 3907, 3909, 3911, 3913,
  3927, 4073,
];

/** The types of these, and more of their kind. */
const texts: ReadonlySet<number> = new Set([
  18, 19, 25, 1042, 1043, 2950, 1083, 1186, 869, 650, 829, 774, 1560, 1562, 142, 3904, 3906, 3908, 3910, 3912, 3926,
  705,
]);

const exactParsers = parsersWith(verbatim);
const numericParsers = parsersWith(losslessNumber);
const exactTypes = typesOf(exactParsers);
const numericTypes = typesOf(numericParsers);
