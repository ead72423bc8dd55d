import { inspect } from "node:util";
import { expect, test } from "vitest";
import { SynclineError } from "../../model/errors.ts";
import { nameAndPlace, wordlessError } from "./wordless-error.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test.each([
  ["a parser", () => JSON.parse("IBAN DE89")],
  ["a number", () => BigInt("IBAN DE89")],
  [
    "code",
    () => {
      throw new Error("IBAN DE89\n    at IBAN.DE89 (iban.ts:1:1)", { cause: "IBAN" });
    },
  ],
  [
    "code that changes its message",
    () => {
      const error = new Error("IBAN 1");
      error.message = "IBAN 2";
      throw error;
    },
  ],
  [
    "code without an error",
    () => {
      throw "IBAN DE89";
    },
  ],
  [
    "an error with more members",
    () => {
      throw Object.assign(new TypeError("x"), { row: "IBAN" });
    },
  ],
])("What %s throws is told without its words", (_, work) => {
  const error = thrownBy(work);
  expect(inspect(error)).toMatch(/IBAN/);
  expect(inspect(wordlessError(error), { depth: 9, showHidden: true })).not.toMatch(/IBAN/);
  expect(nameAndPlace(error)).not.toMatch(/IBAN/i);
});

test("It is told what was thrown, and where", () => {
  const error = thrownBy(() => JSON.parse("{"));
  expect(nameAndPlace(error)).toMatch(/^a SyntaxError( at .+)?$/);
  expect(
    (
      wordlessError(
        thrownBy(() => {
          throw new TypeError("x");
        }),
      ) as Error
    ).stack,
  ).toMatch(/a TypeError at wordless-error\.test\.ts:\d+:\d+\n\s+at /);
  expect(nameAndPlace(undefined)).toBe("a value of type undefined");
});

test("A SynclineError keeps its words: they are meant for people", () => {
  const error = new SynclineError("query.data", "say this");
  expect(wordlessError(error)).toBe(error);
});
