import { describe, expect, test } from "vitest";
import { everyStatement } from "../statement-registry.ts";
import { checkBatch } from "./check-batch.ts";

const statements = everyStatement("syncline").map((statement) => ({
  ...statement,
  names: statement.parameters.map(({ name }) => name),
}));
const withBodies = statements.flatMap(({ bodies, ...rest }) => (bodies ?? []).map((body) => ({ ...rest, body })));

test.each(statements)("$name is Transact-SQL", ({ text, names }) => {
  expect(checkBatch(text, names)).toEqual([]);
});

test.each(withBodies)("$name is Transact-SQL inside of its transaction", ({ body, names }) => {
  expect(checkBatch(body, names)).toEqual([]);
});

/** What answers to the client while rows are locked: it keeps them locked for as long as it does not read. */
function answersInTransaction(body: string): readonly string[] {
  const pieces = body.split(/;\s*/);
  return pieces
    .slice(0, pieces.indexOf("COMMIT TRANSACTION"))
    .filter(
      (piece, at) =>
        /^(SELECT (?!@\w+ =)|.*\bOUTPUT\b)/s.test(piece) && !pieces[at - 1]?.endsWith("ROLLBACK TRANSACTION"),
    );
}

test.each(withBodies.filter(({ body }) => body.includes("BEGIN TRANSACTION")))(
  "$name answers after its commit",
  ({ body }) => {
    expect(answersInTransaction(body)).toEqual([]);
  },
);

test("an answer before the commit is noticed", () => {
  const answer = "SELECT id FROM @due";
  expect(answersInTransaction(`BEGIN TRANSACTION;\n${answer};\nCOMMIT TRANSACTION;`)).toEqual([answer]);
});

const inOthersTransactions =
  /^(record-changes|capture-trigger|create-|schema-|lock-migrations|record-migration|read-|\d{4}-)/;

test.each(statements.filter(({ name }) => !inOthersTransactions.test(name)))(
  "$name relies on no setting that an application may have left on its connection",
  ({ text }) => {
    for (const setting of ["ROWCOUNT 0", "LOCK_TIMEOUT -1", "IMPLICIT_TRANSACTIONS OFF", "TRANSACTION ISOLATION LEVEL"])
      expect(text.slice(0, 200)).toContain(`SET ${setting}`);
  },
);

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
