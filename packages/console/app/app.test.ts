import { expect, it } from "vitest";
import { differences } from "./difference.ts";
import { age, duration, visible } from "./format.ts";
import { textsOf, typedValue } from "./typed-key.ts";

it("durations have one unit and two digits", () => {
  expect([0, 999, 1_000, 61_000, 5_400_000, 90_000_000].map(duration)).toEqual([
    "0 ms",
    "999 ms",
    "1 s",
    "1 min",
    "1.5 h",
    "1 d",
  ]);
  expect(age(0)).toBe("–");
});

it("what would turn a text round or hide in it is spelled out", () => {
  expect(visible("a\u202eb\u200bc\u0000")).toBe("a\\u{202e}b\\u{200b}c\\u{0}");
  expect(visible("a\nb", true)).toBe("a\nb");
  expect(visible("<b>é日")).toBe("<b>é日");
});

it("what a shadow would send is told from what is live line by line", () => {
  const told = (before: string, after: string) =>
    differences([...before], [...after])?.map(({ sign, text }) => `${sign}${text}`);
  expect(told("abcd", "abxd")).toEqual([" a", " b", "−c", "+x", " d"]);
  expect(told("", "ab")).toEqual(["+a", "+b"]);
  expect(told("ab", "b")).toEqual(["−a", " b"]);
  expect(told("a".repeat(501), "b")).toBeUndefined();
});

it("what is typed has the type that the field wants, and comes back from a key", () => {
  expect(typedValue("42", "integer")).toBe(42);
  expect(typedValue("9007199254740993", "bigint")).toBe("9007199254740993");
  expect(typedValue("true", "boolean")).toBe(true);
  expect(typedValue("true", "string")).toBe("true");
  expect(typedValue("x", "integer")).toBe("x");
  expect(textsOf('{"orderId":"42","open":true}')).toEqual({ orderId: "42", open: "true" });
  expect(textsOf("no key")).toEqual({});
});
