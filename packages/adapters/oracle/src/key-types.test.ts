import type { FieldType } from "@syncline/core/spi";
import oracledb from "oracledb";
import { describe, expect, test } from "vitest";
import type { OracleColumn } from "./driver.ts";
import { keyUseOf, whyNotMadeText, whyNotRecorded } from "./key-types.ts";

const { DB_TYPE_NUMBER, ...types } = oracledb;

/** Every type that a column can have and a key can be compared with, as the driver describes it. */
const columns: { readonly [name: string]: OracleColumn } = {
  "CHAR(10)": { name: "c", dbType: types.DB_TYPE_CHAR },
  "NCHAR(10)": { name: "c", dbType: types.DB_TYPE_NCHAR },
  "VARCHAR2(10)": { name: "c", dbType: types.DB_TYPE_VARCHAR },
  "NVARCHAR2(10)": { name: "c", dbType: types.DB_TYPE_NVARCHAR },
  NUMBER: { name: "c", dbType: DB_TYPE_NUMBER, precision: 0, scale: -127 },
  "NUMBER(9)": { name: "c", dbType: DB_TYPE_NUMBER, precision: 9, scale: 0 },
  "NUMBER(12,2)": { name: "c", dbType: DB_TYPE_NUMBER, precision: 12, scale: 2 },
  "FLOAT(63)": { name: "c", dbType: DB_TYPE_NUMBER, precision: 63, scale: -127 },
  BINARY_FLOAT: { name: "c", dbType: types.DB_TYPE_BINARY_FLOAT, dbTypeName: "BINARY_FLOAT" },
  BINARY_DOUBLE: { name: "c", dbType: types.DB_TYPE_BINARY_DOUBLE, dbTypeName: "BINARY_DOUBLE" },
  DATE: { name: "c", dbType: types.DB_TYPE_DATE },
  "TIMESTAMP(9) WITH TIME ZONE": { name: "c", dbType: types.DB_TYPE_TIMESTAMP_TZ, precision: 9 },
  "TIMESTAMP(9) WITH LOCAL TIME ZONE": { name: "c", dbType: types.DB_TYPE_TIMESTAMP_LTZ, precision: 9 },
  TIMESTAMP: { name: "c", dbType: types.DB_TYPE_TIMESTAMP },
  "TIMESTAMP WITH TIME ZONE": { name: "c", dbType: types.DB_TYPE_TIMESTAMP_TZ },
  "TIMESTAMP WITH LOCAL TIME ZONE": { name: "c", dbType: types.DB_TYPE_TIMESTAMP_LTZ },
  "RAW(16)": { name: "c", dbType: types.DB_TYPE_RAW },
  ROWID: { name: "c", dbType: types.DB_TYPE_ROWID },
  BOOLEAN: { name: "c", dbType: types.DB_TYPE_BOOLEAN },
};

const finer = { "TIMESTAMP(9) WITH TIME ZONE": "!", "TIMESTAMP(9) WITH LOCAL TIME ZONE": "!" };

/**
 * `=`: the field's own type. `!`: refused. Otherwise the type that the key is given, and its
 * equality if it is not exact.
 */
const expected: { readonly [Field in FieldType]: { readonly [column: string]: string } } = {
  string: {
    "CHAR(10)": "CHAR(2000 BYTE) padded",
    "NCHAR(10)": "NCHAR(1000) padded",
    "RAW(16)": "RAW(2000) caseless",
    NUMBER: "= decimal",
    "NUMBER(9)": "= decimal",
    "NUMBER(12,2)": "= decimal",
    DATE: "!",
    TIMESTAMP: "!",
    "TIMESTAMP WITH TIME ZONE": "!",
    "TIMESTAMP WITH LOCAL TIME ZONE": "!",
    ...finer,
  },
  uuid: { "CHAR(10)": "!", "NCHAR(10)": "!", "VARCHAR2(10)": "!", "NVARCHAR2(10)": "!", "RAW(16)": "RAW(16)" },
  date: {
    "CHAR(10)": "!",
    "NCHAR(10)": "!",
    "VARCHAR2(10)": "!",
    "NVARCHAR2(10)": "!",
    "TIMESTAMP WITH TIME ZONE": "!",
    "TIMESTAMP WITH LOCAL TIME ZONE": "!",
    DATE: "!",
    TIMESTAMP: "!",
    ...finer,
  },
  timestamp: {
    "CHAR(10)": "!",
    "NCHAR(10)": "!",
    "VARCHAR2(10)": "!",
    "NVARCHAR2(10)": "!",
    DATE: "!",
    TIMESTAMP: "!",
    "TIMESTAMP WITH LOCAL TIME ZONE": "TIMESTAMP(9) WITH LOCAL TIME ZONE",
    ...finer,
  },
  boolean: { BOOLEAN: "BOOLEAN" },
  integer: {},
  bigint: {},
  decimal: {},
};

const floats = { "FLOAT(63)": "!", BINARY_FLOAT: "!", BINARY_DOUBLE: "!" };

describe.each(Object.entries(expected))("a %s", (field, uses) => {
  test.each(Object.entries(columns))("against %s", (name, column) => {
    const use = keyUseOf(field as FieldType, column);
    const equality = "refused" in use || use.equality === "exact" ? "" : ` ${use.equality}`;
    const found = "refused" in use ? "!" : `${use.sqlType ?? "="}${equality}`;
    expect(found).toBe({ ...uses, ...floats }[name] ?? "=");
  });
});

describe("a backfill takes for", () => {
  const taken: { readonly [Field in FieldType]?: readonly string[] } = {
    timestamp: ["TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE", ...Object.keys(finer)],
    date: ["DATE", "TIMESTAMP"],
    string: [
      "CHAR(10)",
      "NCHAR(10)",
      "VARCHAR2(10)",
      "NVARCHAR2(10)",
      "NUMBER",
      "NUMBER(9)",
      "NUMBER(12,2)",
      "RAW(16)",
      "ROWID",
      "BOOLEAN",
    ],
  };
  test.each(Object.entries(taken))("a %s what is the same in every session", (field, names) => {
    const found = Object.entries(columns).filter(
      ([, column]) => whyNotRecorded(field as FieldType, column) === undefined,
    );
    expect(found.map(([name]) => name).sort()).toEqual([...names].sort());
  });

  test("a decimal no floating-point number", () => {
    const refused = Object.entries(columns).filter(([, column]) => whyNotRecorded("decimal", column) !== undefined);
    expect(refused.map(([name]) => name)).toEqual(Object.keys(floats));
  });
});

test("a UUID is taken beside a text that is in small letters, and has hyphens", () => {
  const char = columns["CHAR(10)"] as OracleColumn;
  const beside = (expression: string) => keyUseOf("uuid", char, { expression, isRange: false });
  expect(beside("LOWER(t.id)")).toEqual({ sqlType: "CHAR(2000 BYTE)", equality: "exact" });
  expect(beside("LOWER(RAWTOHEX(t.id))")).toMatchObject({ refused: expect.stringContaining("no hyphens") });
});

test("a day is taken beside a midnight, and as the limit of a range", () => {
  const date = columns.DATE as OracleColumn;
  const beside = (expression: string, isRange = false) => keyUseOf("date", date, { expression, isRange });
  for (const expression of ["TRUNC(t.made)", "trunc (t.made)"])
    expect(beside(expression)).toEqual({ equality: "exact" });
  expect(beside("t.made", true)).toEqual({ equality: "exact" });
  for (const expression of ["t.made", "TRUNC(t.made, 'HH24')", "t.made + 1"])
    expect(beside(expression)).toMatchObject({ refused: expect.stringContaining(":day + 1") });
  const text = columns["VARCHAR2(10)"] as OracleColumn;
  expect(keyUseOf("date", text, { expression: "t.made", isRange: true })).toHaveProperty("refused");
});

test("an instant may be the limit of a range of finer ones", () => {
  const fine = columns["TIMESTAMP(9) WITH TIME ZONE"] as OracleColumn;
  expect(keyUseOf("timestamp", fine, { expression: "t.made", isRange: true })).toEqual({ equality: "exact" });
});

test.each<[FieldType, string | undefined, boolean]>([
  ["uuid", "REPLACE", true],
  ["decimal", "||", true],
  ["date", "LIKE", true],
  ["timestamp", "SUBSTR", true],
  ["integer", "||", false],
  ["string", "REPLACE", false],
  ["uuid", undefined, false],
])("a %s that %s makes a text: refused is %s", (field, maker, isRefused) => {
  expect(whyNotMadeText(field, maker) !== undefined).toBe(isRefused);
});
