import fc from "fast-check";
import { expect, test } from "vitest";
import { asciiJson, characterSetOf, whatIsLacking } from "./character-set.ts";

const lacking = (name: string, text: string) => /U\+\w+/.exec(whatIsLacking(text, characterSetOf(name)) ?? "")?.[0];

test.each([
  ["AL32UTF8", "größe 日本 😀", undefined],
  ["UTF8", "größe 日本 😀", undefined],
  ["WE8MSWIN1252", "größe € Œ “x”", undefined],
  ["WE8MSWIN1252", "Łódź", "U+0141"],
  // What the code page leaves out, and what only looks like what it has.
  ["WE8MSWIN1252", "\u0081", "U+0081"],
  ["WE8MSWIN1252", "\ufffd", "U+FFFD"],
  ["WE8ISO8859P1", "größe", undefined],
  ["WE8ISO8859P1", "€", "U+20AC"],
  ["WE8ISO8859P15", "€ Œ", undefined],
  ["WE8ISO8859P15", "¤", "U+00A4"],
  ["WE8ISO8859P9", "ğ", undefined],
  ["WE8ISO8859P9", "ð", "U+00F0"],
  ["EE8MSWIN1250", "Łódź", undefined],
  ["EE8ISO8859P2", "Łódź", undefined],
  ["CL8MSWIN1251", "Москва", undefined],
  ["CL8ISO8859P5", "Москва", undefined],
  ["CL8ISO8859P5", "é", "U+00E9"],
  ["US7ASCII", "plain ~", undefined],
  ["US7ASCII", "é", "U+00E9"],
])("in %s, of %j it lacks %s", (name, text, expected) => {
  expect(lacking(name, text)).toBe(expected);
});

test("a set that nobody knows is refused, since it may alter ASCII itself", () => {
  expect(() => characterSetOf("JA16SJISYEN")).toThrow("JA16SJISYEN");
});

test("JSON in ASCII says the same", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const ascii = asciiJson(json);
      expect(ascii).toMatch(/^[ -~\s]*$/);
      expect(JSON.parse(ascii)).toEqual(JSON.parse(json));
    }),
  );
});
