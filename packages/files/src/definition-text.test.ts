import fc from "fast-check";
import { expect, it } from "vitest";
import { definitionText } from "./definition-text.ts";
import { parseDefinitions } from "./parse-definitions.ts";

const written = (definition: object, enabled = true) =>
  definitionText({ kind: "strategy", name: "crm", definition: JSON.stringify(definition), enabled });

const readAgain = (text: string) => {
  const parsed = parseDefinitions("a.yaml", text);
  return parsed.ok ? parsed.definitions.map(({ value }) => value) : parsed.problems;
};

it("writes a definition in the order in which it is read, its query as a block", () => {
  const definition = {
    whenAbsent: "skip",
    path: "/",
    query: "SELECT 1\n  FROM t\n",
    category: "order",
    downstream: "d",
  };
  expect(
    written(definition, false),
  ).toBe(`# yaml-language-server: $schema=../../node_modules/@syncline/files/schema/strategy.json

name: crm
enabled: false
category: order
query: |
  SELECT 1
    FROM t
downstream: d
path: /
whenAbsent: skip
`);
});

it.each([
  "no",
  "On",
  "012",
  "1e3",
  "1.10",
  "~",
  "null",
  "true",
  "2026-03-31",
  "",
  " x",
  "x ",
  "a: b",
  "#",
  "- x",
  "|",
  "x\r\ny",
])("writes the text %j so that it is read as one", (text) => {
  expect(readAgain(written({ path: text }))).toEqual([{ name: "crm", path: text }]);
});

it("writes whatever JSON can be, so that the same is read", () => {
  const json = fc.jsonValue({ depthSize: "small", maxDepth: 3 });
  const isPlain = (value: unknown) => !/-0|e[+-]?\d|__proto__|\\u/i.test(JSON.stringify(value));
  // What JSON cannot say, as -0, comes from no file.
  const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), json).filter(isPlain), (options) => {
      expect(readAgain(written({ options }))).toEqual([{ name: "crm", options: asJson(options) }]);
    }),
    { numRuns: 300 },
  );
});
