import { expect, test } from "vitest";
import { everyStatement } from "../statement-registry.ts";
import { parseBatch } from "./grammar.ts";
import { unqualifiedNames } from "./names.ts";

const texts = everyStatement("syncline").flatMap(({ name, text, bodies }) => [
  { name, text },
  ...(bodies ?? []).map((body) => ({ name: `${name}, inside of its transaction`, text: body })),
]);

test.each(texts)("$name names nothing that somebody else may give a meaning", ({ text }) => {
  expect(unqualifiedNames(parseBatch(text).words)).toEqual([]);
});

test.each([
  ["SELECT a FROM orders", "orders"],
  ["SELECT a FROM dbo.b AS b JOIN orders AS o ON o.a = b.a", "orders"],
  ["INSERT INTO change (a) VALUES (1)", "change"],
  ["UPDATE orders SET a = 1", "orders"],
  ["EXEC sp_getapplock @a", "sp_getapplock"],
  ["DECLARE @g int; EXEC @g = sp_getapplock @a", "sp_getapplock"],
  ["SELECT a FROM rows_of(1) AS r", "rows_of"],
  ["SELECT scalar_of(a) AS a FROM dbo.b", "scalar_of("],
])("%s names %s", (text, name) => {
  expect(unqualifiedNames(parseBatch(text).words).join()).toContain(name);
});
