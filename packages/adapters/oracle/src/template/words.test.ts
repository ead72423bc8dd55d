import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

const read = (template: string) => wordsOf(template).map(({ kind, text, depth }) => `${kind} ${text} ${depth}`);

test("words have their kinds, and the depth of their parentheses", () => {
  expect(read(`SELECT f(t."a b", 1.5) FROM t WHERE x>=:id -- :no\n AND y(+)=nq'[it's]' /* :no */`)).toEqual([
    "word SELECT 0",
    "word f 0",
    "sign ( 0",
    "word t 1",
    "sign . 1",
    `quoted "a b" 1`,
    "sign , 1",
    "number 1.5 1",
    "sign ) 0",
    "word FROM 0",
    "word t 0",
    "word WHERE 0",
    "word x 0",
    "sign >= 0",
    "parameter :id 0",
    "word AND 0",
    "word y 0",
    "sign (+) 0",
    "sign = 0",
    "text nq'[it's]' 0",
  ]);
});

test.each([`'it''s :id'`, `q'(a) ' :b)'`, `Q'!it's!'`, `q'{}}'`, `N'x'`])("%s is one text", (text) => {
  expect(read(text)).toEqual([`text ${text} 0`]);
});

test("a long template takes one pass", () => {
  for (const piece of ["''", "q'[]'", "/**/", '""', "(", "q'!!'", "--\n", "a.", ":a", "/"])
    expect(wordsOf(piece.repeat(50_000)).length).toBeGreaterThanOrEqual(0);
});
