import { isWord, type Word } from "./words.ts";

/**
 * What one SELECT can do to others, with no right but SELECT: lock their rows and tables until it
 * ends, take more of the server's memory than its share, and reach other servers. Why it may not,
 * in a sentence; `undefined` if it does none of it.
 */
export function effectOnOthers(words: readonly Word[]): string | undefined {
  for (const at of words.keys()) {
    const reason = lockHint(words, at) ?? memoryHint(words, at) ?? otherServer(words, at);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Hints that take locks which writers wait for: a read needs none, it has its snapshot. */
const lockHints: ReadonlySet<string> = new Set(
  "HOLDLOCK PAGLOCK REPEATABLEREAD SERIALIZABLE TABLOCK TABLOCKX UPDLOCK XLOCK".split(" "),
);

/** Hints stand in parentheses, with or without a WITH, and commas or blanks between them. */
function lockHint(words: readonly Word[], at: number): string | undefined {
  const { upper, depth } = words[at] as Word;
  if (!lockHints.has(upper) || depth === 0 || !isWord(words, at)) return undefined;
  const before = words[at - 1];
  const after = words[at + 1];
  const isListed = before?.text === "(" || before?.text === "," || before?.text === ")" || before?.kind === "word";
  if (!isListed || after?.text === "." || after?.text === "(") return undefined;
  return `It must be one SELECT that locks nothing: leave ${upper} out (a column of that name is written in brackets).`;
}

function memoryHint(words: readonly Word[], at: number): string | undefined {
  const { upper } = words[at] as Word;
  if (!/^M(IN|AX)_GRANT_PERCENT$/.test(upper) || !isWord(words, at) || words[at + 1]?.text !== "=") return undefined;
  return `How much memory a read may take is the server's to say: leave ${upper} out.`;
}

/** `server.database.schema.table`, of which the middle two may be left out. */
function otherServer(words: readonly Word[], at: number): string | undefined {
  if (!isName(words[at]) || words[at - 1]?.text === ".") return undefined;
  let points = 0;
  for (let next = at + 1; words[next]?.text === "." || isName(words[next]); next += 1) {
    if (words[next]?.text === ".") points += 1;
    else if (words[next - 1]?.text !== ".") break;
  }
  if (points < 3) return undefined;
  return `${words[at]?.text}… is a name of four parts, which reaches another server: name tables of this one, and columns by an alias.`;
}

function isName(word: Word | undefined): boolean {
  return word?.kind === "word" || word?.kind === "quoted";
}
