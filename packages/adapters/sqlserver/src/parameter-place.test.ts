import { expect, test } from "vitest";
import { placeOf } from "./parameter-place.ts";

test.each([
  ["a = @p1", "equality"],
  ["@p1 = a", "equality"],
  ["a IN (@p1, @p2)", "equality"],
  ["x = 1 AND @p1 = a", "equality"],
  ["dbo.f(@p1) = a", "equality"],
  ["a >= @p1", "range"],
  ["a<@p1", "range"],
  ["@p1 <= a", "range"],
  ["a BETWEEN @p1 AND @p2", "range"],
  ["a BETWEEN 1 AND @p1", "range"],
  ["a = CAST(@p1 AS datetime2)", "cast"],
  ["a = TRY_CAST( @p1 AS datetime2)", "cast"],
  ["a = CONVERT(datetime2(3), @p1)", "cast"],
  ["a = CONVERT(decimal(10, 2), @p1, 1)", "cast"],
  ["a = @p10 AND b < @p1", "range"],
] as const)("%s: %s", (text, place) => {
  expect(placeOf(text, 1)).toBe(place);
});

test.each([
  ["x = REPLACE(@p1, '-', '')", "REPLACE"],
  ["x = 'a' + LEFT(RTRIM(@p1), 8)", "LEFT"],
  ["CONCAT('urn:', @p1) = x", "CONCAT"],
  ["x NOT LIKE @p1", "LIKE"],
  ["x = LOWER(REPLACE(@p1, '-', ''))", undefined],
  ["x = REPLACE(CAST(@p1 AS char(36)), '-', '')", undefined],
  ["REPLACE(x, '(', '') = @p1", undefined],
  ["x = COALESCE(@p1, y) -- REPLACE(", undefined],
  ["REPLACE(x, 'a', 'b') IN (@p2, @p1)", undefined],
])("%s: a text is made of it by %s", (text, textMaker) => {
  const place = placeOf(text, 1);
  expect(typeof place === "object" ? place.textMaker : undefined).toBe(textMaker);
});
