import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type ServerAnswer, serverSentence, wordlessCause } from "./server-words.ts";

const answer: ServerAnswer = {
  server: "PostgreSQL",
  number: "SQLSTATE 22P02",
  condition: "invalid_text_representation",
  words: 'invalid input syntax for type numeric: "IBAN DE89\n\u001b[31mERROR"',
  isShown: false,
};

describe("What a server answered to a strategy's statement", () => {
  test("is told by its number, its name and its place, without the server's words", () => {
    expect(serverSentence({ ...answer, place: { line: 3, column: 14 }, advice: "Grant it." })).toBe(
      "PostgreSQL answers with an error (SQLSTATE 22P02, invalid_text_representation, query:3:14), whose words are not kept " +
        "since they may quote rows: query.serverMessages. Grant it.",
    );
    expect(serverSentence({ ...answer, condition: undefined })).toMatch(/\(SQLSTATE 22P02\)/);
  });

  test("is told in the server's words where they are shown: in one line, cut", () => {
    expect(serverSentence({ ...answer, isShown: true })).toBe(
      'PostgreSQL: invalid input syntax for type numeric: "IBAN DE89\\n\\u{1b}[31mERROR" (SQLSTATE 22P02, invalid_text_representation)',
    );
    expect(serverSentence({ ...answer, isShown: true, words: "x".repeat(1e6) }).length).toBeLessThan(1_200);
  });

  test("has a cause that has its codes and no words", () => {
    const cause = wordlessCause(answer, { code: "22P02" });
    expect(cause).toMatchObject({ code: "22P02" });
    expect(inspect(cause)).not.toContain("IBAN");
  });
});
