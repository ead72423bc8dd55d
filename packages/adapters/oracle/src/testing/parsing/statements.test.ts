import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lintStatement } from "./check-statement.ts";
import { everyStatement } from "./every-statement.ts";
import { grammarProblems } from "./grammar.ts";

const statements = everyStatement({ schema: undefined, prefix: "syncline_" });
const elsewhere = everyStatement({ schema: "shop", prefix: "abcdefghijklm_" });

test.each([...statements, ...elsewhere])("$name has nothing that Oracle refuses or takes otherwise", (statement) => {
  expect(lintStatement(statement.text, statement.binds)).toEqual([]);
});

const parsedFile = new URL("./parsed-statements.txt", import.meta.url);
const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const lines = statements.map(({ name, text }) => `${digest(text)} ${name}`);

/**
 * The grammar takes minutes for all of them. So it is asked about texts that it has not been asked about before; the others
 * are known by their digest. SYNCLINE_PARSE=all asks about all.
 */
const parsed = process.env.SYNCLINE_PARSE === "all" ? [] : readFileSync(parsedFile, "utf8").split("\n");
const unparsed = statements.filter((_, index) => !parsed.includes(lines[index] ?? ""));

test("the grammar takes every statement", { timeout: 900_000 }, async () => {
  for (const { name, text } of unparsed) expect(grammarProblems(text), name).toEqual([]);
  // With -u, what has just been parsed is written down.
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(parsedFile.pathname);
});
