/** What a text of SQL is made of, as far as that decides where it may stand. */
export interface TemplateShape {
  /** Why it is not one SELECT, in a sentence; `undefined` if it is. */
  readonly refusal: string | undefined;
  /** It begins with WITH. */
  readonly hasExpressions: boolean;
  /** It sorts its rows as a whole. */
  readonly isOrdered: boolean;
  /** It has a TOP or OFFSET, so that sorting decides which rows there are. */
  readonly isLimited: boolean;
}

/**
 * Reserved words of Transact-SQL that begin a statement, or make a SELECT write. None can be a name without quotes, and none
 * stands in a SELECT (but MERGE in `MERGE JOIN`, `MERGE UNION`: that is told apart). A statement needs no semicolon before
 * it, so `SELECT 1 DELETE FROM t` is two of them.
 */
const statementWords: ReadonlySet<string> = new Set(
  `ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE DELETE DENY DROP DUMP EXEC
   EXECUTE GOTO GRANT IF INSERT INTO KILL LOAD OPEN OPENDATASOURCE OPENQUERY OPENROWSET PRINT RAISERROR READTEXT RECONFIGURE
   RESTORE RETURN REVERT REVOKE ROLLBACK SAVE SET SETUSER SHUTDOWN TRUNCATE UPDATE UPDATETEXT USE WAITFOR WHILE WRITETEXT`.split(
    /\s+/,
  ),
);

/** Strings, quoted names and comments (which nest, so their inside is found by counting), words with their sigil, and the rest. */
const token =
  /'(?:[^']|'')*('|$)|"(?:[^"]|"")*("|$)|\[(?:[^\]]|\]\])*(\]|$)|--[^\r\n]*|\/\*|[@#$\p{L}_][@#$\p{L}\p{N}_]*|\d[\p{L}\p{N}_.]*|\S/gu;

export function shapeOf(text: string): TemplateShape {
  const words: { readonly word: string; readonly depth: number }[] = [];
  let depth = 0;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [piece] = match;
    if (piece === "/*") token.lastIndex = commentEnd(text, match.index);
    else if (piece === "(") depth += 1;
    else if (piece === ")") {
      depth -= 1;
      if (depth < 0) return refused("A parenthesis closes nothing.");
    } else if (!piece.startsWith("--")) words.push({ word: piece.toUpperCase(), depth });
  }
  if (depth > 0) return refused("A parenthesis is never closed.");
  return judge(words);
}

function judge(words: readonly { readonly word: string; readonly depth: number }[]): TemplateShape {
  const last = words.at(-1)?.word === ";" ? words.slice(0, -1) : words;
  const first = last[0]?.word ?? "nothing";
  if (!["SELECT", "WITH", "VALUES"].includes(first)) return refused(`It must be one SELECT, and begins with ${first}.`);
  const other = last.find(({ word }, index) => isForeign(word, last[index + 1]?.word, last[index - 1]?.word));
  if (other !== undefined) return refused(`It must be one SELECT; ${other.word} has no place in it.`);
  const outer = new Set(last.filter(({ depth }) => depth === 0).map(({ word }) => word));
  return {
    refusal: undefined,
    hasExpressions: first === "WITH",
    isOrdered: outer.has("ORDER"),
    isLimited: outer.has("TOP") || outer.has("OFFSET"),
  };
}

/** `t.update` is a name even so, where a column is called so and quoted nowhere else: the server will say what it thinks of it. */
function isForeign(word: string, next: string | undefined, before: string | undefined): boolean {
  if (word === ";") return true;
  if (word === "MERGE") return next !== "JOIN" && next !== "UNION";
  // OPTION (USE HINT ('…'))
  if (word === "USE") return next !== "HINT" && next !== "PLAN";
  if (word === "VALUE") return before === "NEXT" && next === "FOR";
  return statementWords.has(word);
}

/** The offset after a comment that may hold others; the text's end if it is not closed. */
function commentEnd(text: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  let open = 1;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    open += match[0] === "/*" ? 1 : -1;
    if (open === 0) return mark.lastIndex;
  }
  return text.length;
}

function refused(refusal: string): TemplateShape {
  return { refusal, hasExpressions: false, isOrdered: false, isLimited: false };
}
