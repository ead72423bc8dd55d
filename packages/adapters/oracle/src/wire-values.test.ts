import oracledb from "oracledb";
import { describe, expect, test } from "vitest";
import type { OracleColumn } from "./driver.ts";
import { fetchAs, plainDigits } from "./wire-values.ts";

function read(column: Omit<OracleColumn, "name">, value: unknown, numbers: "string" | "number" = "string"): unknown {
  return fetchAs({ name: "X", ...column }, numbers)?.converter?.(value);
}

const number = { dbType: oracledb.DB_TYPE_NUMBER };

describe("numbers", () => {
  test.each([
    [{ ...number, precision: 9, scale: 0 }, "42", 42],
    [{ ...number, precision: 15, scale: 0 }, "-999999999999999", -999999999999999],
    [{ ...number, precision: 16, scale: 0 }, "42", "42"],
    [{ ...number, precision: 0, scale: -127 }, "9007199254740993", "9007199254740993"],
    [{ ...number, precision: 10, scale: 2 }, "12.5", "12.5"],
    [{ ...number, precision: 10, scale: 2 }, "-.05", "-0.05"],
    [number, null, null],
  ])("%j with %j is %j", (column, value, expected) => {
    expect(read(column, value)).toBe(expected);
  });

  test('travel as numbers where the strategy says numbers: "number", and no digit is lost', () => {
    expect(read(number, "12.5", "number")).toBe(12.5);
    expect(() => read(number, "9007199254740993", "number")).toThrow(expect.objectContaining({ code: "query.data" }));
  });

  test.each([
    ["0", "0"],
    [".5", "0.5"],
    ["-.001", "-0.001"],
    ["100", "100"],
    ["-1e126", `-1${"0".repeat(126)}`],
    ["1.5e-3", "0.0015"],
  ])("%s is written %s", (text, expected) => {
    expect(plainDigits(text)).toBe(expected);
  });

  test("floats are the shortest number that is that float", () => {
    expect(read({ dbType: oracledb.DB_TYPE_BINARY_FLOAT }, Math.fround(0.1))).toBe(0.1);
    expect(read({ dbType: oracledb.DB_TYPE_BINARY_DOUBLE }, 0.1 + 0.2)).toBe(0.1 + 0.2);
    expect(read({ dbType: oracledb.DB_TYPE_BINARY_DOUBLE }, Number.NaN)).toBe("NaN");
    expect(read({ dbType: oracledb.DB_TYPE_BINARY_FLOAT }, Number.NEGATIVE_INFINITY)).toBe("-Infinity");
  });
});

test("binary is base64", () => {
  for (const dbType of [oracledb.DB_TYPE_RAW, oracledb.DB_TYPE_BLOB])
    expect(read({ dbType }, Buffer.from([0, 255]))).toBe("AP8=");
});

test("a large text is fetched as a text, and not as a stream that holds the connection", () => {
  expect(fetchAs({ name: "X", dbType: oracledb.DB_TYPE_CLOB }, "string")).toEqual({ type: oracledb.DB_TYPE_VARCHAR });
});

describe("intervals are ISO 8601 durations", () => {
  test.each([
    [{ days: 1, hours: 2, minutes: 3, seconds: 4, fseconds: 500_000_000 }, "P1DT2H3M4.5S"],
    [{ days: 0, hours: 0, minutes: 0, seconds: -1, fseconds: -1 }, "-P0DT0H0M1.000000001S"],
  ])("%j", (parts, expected) => {
    expect(read({ dbType: oracledb.DB_TYPE_INTERVAL_DS }, parts)).toBe(expected);
  });

  test("of years and months", () => {
    expect(read({ dbType: oracledb.DB_TYPE_INTERVAL_YM }, { years: -1, months: -2 })).toBe("-P1Y2M");
  });
});
