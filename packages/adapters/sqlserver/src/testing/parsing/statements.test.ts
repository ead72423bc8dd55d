import { describe, expect, test } from "vitest";
import { everyStatement } from "../statement-registry.ts";
import { checkBatch } from "./check-batch.ts";

const statements = everyStatement("syncline").map((statement) => ({
  ...statement,
  names: statement.parameters.map(({ name }) => name),
}));
const withBodies = statements.flatMap(({ body, ...rest }) => (body === undefined ? [] : [{ ...rest, body }]));

test.each(statements)("$name is Transact-SQL", ({ text, names }) => {
  expect(checkBatch(text, names)).toEqual([]);
});

test.each(withBodies)("$name is Transact-SQL inside of its transaction", ({ body, names }) => {
  expect(checkBatch(body, names)).toEqual([]);
});

describe("every object that a statement names in the schema", () => {
  const created = new Set(
    statements.flatMap(({ text }) =>
      [...text.matchAll(/CREATE (?:TABLE|PROCEDURE|TRIGGER) \[syncline\]\.(\w+)/g)].map(([, name]) => name),
    ),
  );

  test.each([...statements, ...withBodies])("is made by a migration: $name", (statement) => {
    const text = "body" in statement && statement.body !== undefined ? statement.body : statement.text;
    const named = [...text.matchAll(/\[syncline\]\.(\w+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !created.has(name))).toEqual([]);
  });
});
