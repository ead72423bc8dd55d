import { type Word, wordsOf } from "./words.ts";

/** Why a template cannot be read at all: it is a sub-query of ours, in every form. One sentence. */
export function refuseTemplate(template: string): string | undefined {
  const words = wordsOf(template);
  if (words.at(-1)?.text === "/") return 'The "/" at the end belongs to SQL*Plus: leave it out.';
  for (const [at, word] of words.entries()) {
    const reason = refusedEverywhere(words, at, word);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Why a template cannot be joined to a set of keys. One sentence. */
export function refuseSet(template: string): string | undefined {
  const words = wordsOf(template);
  const first = words.find(({ text }) => text !== "(");
  if (first?.upper === "WITH") return "Oracle lets a common table expression see nothing of what it is joined to.";
  for (const [at, word] of words.entries()) {
    const reason = refusedInSet(words, at, word);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function refusedEverywhere(words: readonly Word[], at: number, { text, upper, kind }: Word): string | undefined {
  const before = words[at - 1];
  const next = words[at + 1];
  if (upper === "FOR" && next?.upper === "UPDATE") return "A read locks nothing: leave FOR UPDATE out.";
  if (upper === "INTO" && before?.text !== ".") return "SELECT … INTO belongs to PL/SQL: leave INTO out.";
  if ((upper === "NEXTVAL" || upper === "CURRVAL") && before?.text === ".")
    return `A sequence's ${upper} cannot stand in a sub-query, which every template becomes.`;
  if (kind === "parameter" && before !== undefined && wantsLiteral(words, at - 1))
    return `${before.upper} takes a literal and no parameter: write ${text} without it, which has its type already.`;
  if (text === ":" && isName(next) && beginsOperand(before))
    return `": ${next?.text}" is a bind to Oracle, too: write a parameter without a blank and without quotes.`;
  return undefined;
}

/** `DATE :day`. After AS OF and in VERSIONS BETWEEN, TIMESTAMP is no literal's. */
function wantsLiteral(words: readonly Word[], at: number): boolean {
  const { upper = "" } = words[at] ?? {};
  const before = words[at - 1]?.upper ?? "";
  if (words[at - 1]?.text === ".") return false;
  if (upper === "TIMESTAMP") return before !== "OF" && before !== "BETWEEN" && before !== "VERSIONS";
  return upper === "DATE" || upper === "INTERVAL";
}

function isName(word: Word | undefined): boolean {
  return word?.kind === "word" || word?.kind === "quoted";
}

/** In `JSON_OBJECT('a' : b)` a colon stands behind an operand; a bind stands where one begins. */
function beginsOperand(before: Word | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return beforeOperand.has(before.upper);
  return before.kind === "sign" && before.text !== ")";
}

const beforeOperand: ReadonlySet<string> = new Set(
  "AND BETWEEN BY CASE ELSE HAVING IN LIKE NOT ON OR SELECT THEN WHEN WHERE".split(" "),
);

function refusedInSet(words: readonly Word[], at: number, { upper }: Word): string | undefined {
  const before = words[at - 1];
  const next = words[at + 1];
  if (upper === "WITH" && before?.text === "(" && withClauseSees(words, at))
    return "Oracle lets a common table expression see nothing of what it is joined to, and one here uses a key.";
  if ((upper === "SCN" || upper === "TIMESTAMP") && isFlashback(words, at) && next?.kind === "parameter")
    return `${before?.upper} ${upper} takes no column, which a key of a set is.`;
  // "Another bug with lateral" (orasql.org, 2019-02-16): beneath it, Oracle lost the condition on
  // the key, and every key had the rows of others. ROWNUM has no such report, once the view is not
  // decorrelated.
  const limits = /^(FIRST|NEXT)$/.test(next?.upper ?? "") && (next?.upper !== "NEXT" || words[at + 2]?.upper !== "(");
  if (upper === "FETCH" && limits)
    return "Oracle has lost the condition on the key beneath FETCH FIRST in a lateral view: limit rows by ROWNUM around an ordered sub-query.";
  return undefined;
}

function isFlashback(words: readonly Word[], at: number): boolean {
  const before = words[at - 1]?.upper ?? "";
  return before === "OF" || before === "BETWEEN";
}

/** Whether a clause of a WITH that begins here, up to its SELECT, has a parameter in it. */
function withClauseSees(words: readonly Word[], at: number): boolean {
  const depth = words[at]?.depth ?? 0;
  for (let index = at + 1; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined || word.depth < depth) return false;
    if (word.depth === depth && word.upper === "SELECT") return false;
    if (word.kind === "parameter") return true;
  }
  return false;
}
