import { expect, test } from "vitest";
import { argumentsOf, wordsOf } from "./words.ts";

const read = (template: string) => wordsOf(template).map(({ kind, text, depth }) => `${kind} ${text} ${depth}`);

test("words have their kinds, and the depth of their parentheses", () => {
  const text = `SELECT f([a]]"b], 1.5e-3) /* :no /* nested */ ' */ FROM ::g() WHERE x>=:id -- :no\n AND y=N'it''s :no' OR 1a`;
  expect(read(text)).toEqual([
    "word SELECT 0",
    "word f 0",
    "sign ( 0",
    `quoted [a]]"b] 1`,
    "sign , 1",
    "number 1.5e-3 1",
    "sign ) 0",
    "word FROM 0",
    "sign :: 0",
    "word g 0",
    "sign ( 0",
    "sign ) 0",
    "word WHERE 0",
    "word x 0",
    "sign >= 0",
    "parameter :id 0",
    "word AND 0",
    "word y 0",
    "sign = 0",
    "text N'it''s :no' 0",
    "word OR 0",
    "number 1 0",
    "word a 0",
  ]);
});

test("what is quoted has no keyword", () => {
  expect(wordsOf(`[select] "select" 'select' select`).map(({ upper }) => upper)).toEqual(["", "", "", "SELECT"]);
});

test("arguments are told apart, whatever parentheses they have", () => {
  const words = wordsOf("f(a, g(b, c), (d))");
  const spans = argumentsOf(words, 1);
  const texts = spans.map(({ from, to }) => words.slice(from, to).map(({ text }) => text));
  expect(texts).toEqual([["a"], ["g", "(", "b", ",", "c", ")"], ["(", "d", ")"]]);
  expect(argumentsOf(wordsOf("f()"), 1)).toEqual([]);
});

test("a long text takes one pass", () => {
  const pieces = ["''", "'", "[]", "[", "/**/", "/*", '""', "(", ")", "--\n", "a.", ":a", "1", "e", "::", "$"];
  for (const piece of pieces) expect(wordsOf(piece.repeat(50_000)).length).toBeGreaterThanOrEqual(0);
});
