import { isWord, type Word } from "./words.ts";

/**
 * What one SELECT can do to others, with no right but SELECT: lock their rows and tables until it
 * ends, take more of the server's memory than its share, and reach other servers; and what makes it
 * miss rows that are there. Why it may not, in a sentence; `undefined` if it does none of it.
 */
export function effectOnOthers(words: readonly Word[]): string | undefined {
  for (const at of words.keys()) {
    const reason = lockHint(words, at) ?? blindHint(words, at) ?? memoryHint(words, at) ?? otherServer(words, at);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Hints that take locks which writers wait for: a read needs none, it has its snapshot. */
const lockHints: ReadonlySet<string> = new Set(
  "HOLDLOCK PAGLOCK REPEATABLEREAD SERIALIZABLE TABLOCK TABLOCKX UPDLOCK XLOCK".split(" "),
);

/** Hints that read what is not committed, or leave out what somebody has locked. */
const blindHints: ReadonlySet<string> = new Set(["NOLOCK", "READPAST", "READUNCOMMITTED"]);

function blindHint(words: readonly Word[], at: number): string | undefined {
  const { upper } = words[at] as Word;
  if (!blindHints.has(upper) || !isHint(words, at)) return undefined;
  return `With ${upper}, a row that is there may be missing, and would be told as deleted: leave it out (a column of that name is written in brackets).`;
}

/** Hints stand in parentheses, with or without a WITH, and commas or blanks between them. */
function isHint(words: readonly Word[], at: number): boolean {
  if (words[at]?.depth === 0 || !isWord(words, at)) return false;
  const before = words[at - 1];
  const after = words[at + 1];
  const isListed = before?.text === "(" || before?.text === "," || before?.text === ")" || before?.kind === "word";
  return isListed && after?.text !== "." && after?.text !== "(";
}

function lockHint(words: readonly Word[], at: number): string | undefined {
  const { upper } = words[at] as Word;
  if (!lockHints.has(upper) || !isHint(words, at)) return undefined;
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
