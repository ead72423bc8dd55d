import type { QueryLimits, WireValue } from "@syncline/core/spi";
import sql, { type ISqlType } from "mssql";
import { describe, expect, test } from "vitest";
import { converterOf, inexact } from "./wire-values.ts";

/** A value as the driver gives it, of a column of this type. */
function wire(type: () => ISqlType, value: unknown, scale?: number, numbers: QueryLimits["numbers"] = "string") {
  return converterOf(
    { name: "c", type: (type as unknown as { readonly type?: unknown }).type ?? type, scale },
    numbers,
  )(value);
}

/** What tedious makes of a time: what is finer than a millisecond stands beside it, in seconds. */
function driverDate(iso: string, nanosecondsDelta = 0): Date {
  return Object.defineProperty(new Date(iso), "nanosecondsDelta", { value: nanosecondsDelta, enumerable: false });
}

describe("a value travels as", () => {
  test.each<[string, () => ISqlType, unknown, number | undefined, WireValue]>([
    ["a bigint as its digits", sql.BigInt, "9223372036854775807", undefined, "9223372036854775807"],
    ["an int as a number", sql.Int, 42, undefined, 42],
    ["a decimal with all its digits", sql.Decimal, 12.5, 2, "12.50"],
    ["a negative decimal", sql.Numeric, -0.001, 3, "-0.001"],
    ["money with four digits", sql.Money, 1234.5, undefined, "1234.5000"],
    ["a float as a number", sql.Float, 0.1, undefined, 0.1],
    ["a real without the digits of its double", sql.Real, Math.fround(0.1), undefined, 0.1],
    ["a real with all that it has", sql.Real, Math.fround(16777217.3), undefined, Math.fround(16777217.3)],
    ["a bit as a boolean", sql.Bit, true, undefined, true],
    [
      "a UUID in lower case",
      sql.UniqueIdentifier,
      "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
      undefined,
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ],
    ["a date", sql.Date, driverDate("0001-01-01T00:00:00Z"), undefined, "0001-01-01"],
    ["a time", sql.Time, driverDate("1970-01-01T03:04:05.678Z", 0.0009012), 7, "03:04:05.6789012"],
    ["a datetime2 without a zone", sql.DateTime2, driverDate("2024-01-02T03:04:05.670Z"), 3, "2024-01-02T03:04:05.67"],
    [
      "a datetime of a whole second",
      sql.DateTime,
      driverDate("2024-01-02T03:04:05Z"),
      undefined,
      "2024-01-02T03:04:05",
    ],
    [
      "a datetimeoffset in UTC",
      sql.DateTimeOffset,
      driverDate("2024-01-02T03:04:05.678Z", 0.000901),
      6,
      "2024-01-02T03:04:05.678901Z",
    ],
    ["binary as base64", sql.VarBinary, Buffer.from([0, 255]), undefined, "AP8="],
    ["a text as it is", sql.NVarChar, "größe 🚲 ", undefined, "größe 🚲 "],
  ])("%s", (_, type, value, scale, expected) => {
    expect(wire(type, value, scale)).toEqual(expected);
  });
});

test("numbers travel as numbers where the strategy says so, unless a digit would be lost", () => {
  expect(wire(sql.BigInt, "42", undefined, "number")).toBe(42);
  expect(wire(sql.Decimal, 12.5, 2, "number")).toBe(12.5);
  expect(() => wire(sql.BigInt, "9223372036854775807", undefined, "number")).toThrow(
    expect.objectContaining({ code: "query.data" }),
  );
});

test("a decimal that the driver has rounded is called so", () => {
  expect(wire(sql.Decimal, 1.2345678901234567e19, 9)).toBe(inexact);
});

test("what has no form that travels is refused, by the column's name", () => {
  expect(() => wire(sql.Variant, 1)).toThrow(/"c" is sql_variant.*CAST/);
  expect(() => wire(sql.Geography, { points: [] })).toThrow(/"c" is geography.*CAST/);
});
