import { dialectRules } from "./dialect-rules.ts";
import { grammarProblems, wordsOf } from "./grammar.ts";
import { lockRules } from "./lock-rules.ts";
import type { Problem } from "./problem.ts";
import { isPlsql } from "./statement-kind.ts";
import { valueRules } from "./value-rules.ts";
import { wholeProblems } from "./whole-rules.ts";

const rules = [...lockRules, ...dialectRules, ...valueRules];

/**
 * What is wrong with a statement or a block of PL/SQL as it is sent, as far as its text shows: the grammar of grammars-v4 (by
 * way of ts-plsql-parser), and rules of our own for what that grammar lets pass.
 *
 * What it cannot know: whether types fit together, what a plan looks like, what locks and what waits. Only a server knows.
 */
export function checkStatement(text: string, binds?: readonly string[]): readonly Problem[] {
  return [...lintStatement(text, binds), ...grammarProblems(text)];
}

/** Our own rules alone, which take no time. `binds`: the names that are given values. */
export function lintStatement(text: string, binds?: readonly string[]): readonly Problem[] {
  const statement = { text, words: wordsOf(text), isPlsql: isPlsql(text) };
  return [
    ...wholeProblems(statement, binds),
    ...statement.words.flatMap((_, at) => rules.flatMap((rule) => rule(statement, at) ?? [])),
  ];
}
