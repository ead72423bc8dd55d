import type { FieldType } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { checkedText } from "./key-expression.ts";
import { type KeyPlace, keyUseOf, parseType } from "./key-types.ts";

function useOf(field: FieldType, type: string, place: KeyPlace = "equality", codePage = true) {
  const inferred = parseType(type);
  if (inferred === undefined) throw new Error(`${type} is no type`);
  return keyUseOf(field, inferred, place, codePage);
}

describe("a key field that is compared with", () => {
  test.each<[FieldType, string, string | undefined, string]>([
    ["string", "char(12)", "varchar", "padded"],
    ["string", "varchar(8000)", "varchar", "padded"],
    ["string", "varchar(max)", "varchar", "padded"],
    ["string", "nchar(4)", undefined, "padded"],
    ["string", "nvarchar(50)", undefined, "padded"],
    ["string", "int", undefined, "bigint"],
    ["string", "decimal(10,2)", undefined, "decimal"],
    ["string", "uniqueidentifier", undefined, "uuid"],
    ["string", "datetime", "datetime", "zoneless"],
    ["string", "smalldatetime", "smalldatetime", "zoneless"],
    ["string", "datetime2(3)", "datetime2(3)", "zoneless"],
    ["string", "datetimeoffset(7)", "datetimeoffset(7)", "timestamp"],
    ["string", "date", "date", "exact"],
    ["string", "money", "money", "decimal"],
    ["integer", "int", undefined, "exact"],
    ["bigint", "bigint", undefined, "exact"],
    ["decimal", "decimal(10,2)", undefined, "exact"],
    ["decimal", "numeric(38,19)", "decimal(38, 19)", "exact"],
    ["boolean", "bit", undefined, "exact"],
    ["uuid", "uniqueidentifier", undefined, "exact"],
    ["date", "date", undefined, "exact"],
    ["timestamp", "datetimeoffset(3)", "datetimeoffset(3)", "exact"],
  ])("%s: %s is bound as %s, and is equal as %s", (field, type, sqlType, equality) => {
    const use = useOf(field, type);
    expect(use.refusal).toBeUndefined();
    expect([use.sqlType, use.equality]).toEqual([sqlType, equality]);
  });

  test.each<FieldType>(["integer", "bigint", "decimal", "boolean", "uuid"])(
    "%s keeps its own type among texts, where its canonical text may differ from the column's",
    (field) => {
      for (const type of ["char(36)", "varchar(20)", "nvarchar(20)"])
        expect(useOf(field, type)).toEqual({ equality: "exact" });
    },
  );

  test("a text is not converted to one code page where the database has several", () => {
    expect(useOf("string", "varchar(20)", "equality", false)).toEqual({ equality: "padded" });
  });

  test.each<[FieldType, string, RegExp, boolean]>([
    ["decimal", "float", /no floating-point number/, false],
    ["string", "real", /no floating-point number/, false],
    ["bigint", "float", /no floating-point number/, false],
    ["timestamp", "datetime2(7)", /has no zone.*AT TIME ZONE 'UTC'/, true],
    ["timestamp", "datetime", /has no zone/, true],
    ["timestamp", "datetimeoffset(7)", /keeps six digits/, true],
    ["date", "datetime", /CAST\(column AS date\)/, true],
    ["string", "varbinary(16)", /CONVERT the column/, true],
    ["string", "sql_variant", /CAST the column/, true],
    ["date", "varchar(10)", /session's language.*CONVERT\(date, column, 23\)/, true],
    ["timestamp", "nchar(30)", /session's language.*127/, true],
    ["uuid", "binary(16)", /CAST\(:id AS binary\(16\)\)/, true],
    ["decimal", "varbinary(8)", /other bytes/, true],
    ["uuid", "timestamp", /other bytes/, true],
    ["bigint", "datetime", /count of days/, true],
    ["boolean", "time(7)", /count of days/, true],
  ])("%s: %s is refused in words", (field, type, words, isFinal) => {
    expect(useOf(field, type)).toMatchObject({
      refusal: expect.stringMatching(words),
      ...(isFinal ? { isFinal } : {}),
    });
  });

  test("a moment may be the limit of a range of days, or of instants of seven digits", () => {
    for (const field of ["date", "timestamp"] as const)
      expect(useOf(field, "datetimeoffset(7)", "range")).toEqual({ equality: "exact" });
  });

  test("an integer beside a row version is its number", () => {
    for (const field of ["integer", "bigint"] as const)
      expect(useOf(field, "timestamp")).toEqual({ equality: "exact" });
  });

  test("a field that the template makes a text of is refused where the server spells it otherwise", () => {
    const made = (field: FieldType) => keyUseOf(field, undefined, { textMaker: "REPLACE" }, true);
    for (const field of ["uuid", "decimal", "date", "timestamp"] as const)
      expect(made(field)).toMatchObject({ refusal: expect.stringContaining("REPLACE"), isFinal: true });
    for (const field of ["string", "integer", "bigint", "boolean"] as const)
      expect(made(field)).toEqual({ equality: "exact" });
  });

  test("what somebody has cast is taken as it is", () => {
    for (const type of ["datetime2(7)", "float", "varchar(20)", "datetimeoffset(7)"])
      expect(useOf("timestamp", type, "cast")).toEqual({ equality: "exact" });
  });
});

describe("the text of a key beside", () => {
  test.each([
    ["date", "2026-03-31", true],
    ["date", "20260331", true],
    ["date", "03/04/2026", false],
    ["date", "2026-03-31T10:00:00", false],
    ["money", "-1234.5", true],
    ["money", "1.23450000", true],
    ["money", "1,5", false],
    ["smallmoney", "1.23456", false],
    ["money", "$1", false],
    ["varchar", "03/04/2026", true],
  ])("%s: %s is sent: %s", (sqlType, text, isSent) => {
    const sent = () => checkedText(text, "string", sqlType);
    if (isSent) expect(sent()).toBe(text);
    else expect(sent).toThrow(expect.objectContaining({ code: "query.data" }));
  });
});
