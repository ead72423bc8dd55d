import { expect, test } from "vitest";
import { dateText, timestampText, timestampUtcText } from "./time-text.ts";

test.each([
  [" 2024-02-29T00:00:00", "2024-02-29"],
  [" 2024-02-29T10:20:00", "2024-02-29T10:20:00"],
  ["-0001-03-01T00:00:00", "0000-03-01"],
  ["-0044-03-15T00:00:00", "-000043-03-15"],
  [" 0900-01-01T00:00:01", "0900-01-01T00:00:01"],
])("a DATE that the server writes %j travels as %j", (text, expected) => {
  expect(dateText(text)).toBe(expected);
});

test.each([
  [" 2024-01-02T03:04:05.678901000", "2024-01-02T03:04:05.678901"],
  [" 2024-01-02T03:04:10.000000000", "2024-01-02T03:04:10"],
  [" 2024-01-02T03:04:10.100000000", "2024-01-02T03:04:10.1"],
  [" 2024-01-02T00:00:00.000000001", "2024-01-02T00:00:00.000000001"],
])("a TIMESTAMP that the server writes %j travels as %j", (text, expected) => {
  expect(timestampText(text)).toBe(expected);
  expect(timestampUtcText(text)).toBe(`${expected}Z`);
});
