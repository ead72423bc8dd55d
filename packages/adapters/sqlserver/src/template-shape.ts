import { effectOnOthers } from "./template/effects.ts";
import { endsOperand, isWord, type Word, wordsOf } from "./template/words.ts";

/** What a text of SQL is made of, as far as that decides where it may stand. */
export interface TemplateShape {
  /** Why it is not one SELECT, in a sentence; `undefined` if it is. */
  readonly refusal: string | undefined;
  /** It begins with WITH. */
  readonly hasExpressions: boolean;
  /** It sorts its rows as a whole. */
  readonly isOrdered: boolean;
  /** It has a TOP or OFFSET for its rows as a whole, so that sorting decides which there are. */
  readonly isLimited: boolean;
  /** It ends in hints for the whole query: OPTION (…). */
  readonly hasOption: boolean;
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

/** Why, where it is not plain that the word begins another statement. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["INTO", "a read writes nothing"],
  ["OPENDATASOURCE", "it may write elsewhere"],
  ["OPENQUERY", "it may write elsewhere"],
  ["OPENROWSET", "it may write elsewhere"],
  ["VALUE", "a read draws nothing from a sequence"],
]);

export function shapeOf(text: string): TemplateShape {
  const words = wordsOf(text);
  for (const { text: piece, partner } of words) {
    if (piece === ")" && partner < 0) return refused("A parenthesis closes nothing.");
    if (piece === "(" && partner < 0) return refused("A parenthesis is never closed.");
  }
  return judge(words);
}

function judge(words: readonly Word[]): TemplateShape {
  const last = words.at(-1)?.text === ";" ? words.slice(0, -1) : words;
  const first = last.find(({ text }) => text !== "(" && text !== ")");
  const verb = first?.kind === "word" ? first.upper : (first?.text ?? "nothing");
  if (!["SELECT", "WITH", "VALUES"].includes(verb)) return refused(`It must be one SELECT, and begins with ${verb}.`);
  const foreign = last.findIndex((_, at) => isForeign(last, at));
  if (foreign >= 0) return refused(foreignWord(last[foreign]));
  const effect = effectOnOthers(last);
  if (effect !== undefined) return refused(effect);
  if (hasSecondSelect(last)) return refused("It must be one SELECT, and a second SELECT begins in it.");
  return {
    refusal: undefined,
    hasExpressions: verb === "WITH",
    isOrdered: isOuterWord(last, "ORDER"),
    isLimited: hasTop(last) || hasOffset(last),
    hasOption: isOuterWord(last, "OPTION"),
  };
}

/** `t.update` is no name without quotes, even so: nothing is lost by refusing it. */
function isForeign(words: readonly Word[], at: number): boolean {
  const { text, upper } = words[at] as Word;
  const next = words[at + 1]?.upper;
  if (text === ";") return true;
  if (upper === "MERGE") return next !== "JOIN" && next !== "UNION";
  // OPTION (USE HINT ('…'))
  if (upper === "USE") return next !== "HINT" && next !== "PLAN";
  if (upper === "VALUE") return words[at - 1]?.upper === "NEXT" && next === "FOR";
  return statementWords.has(upper);
}

function foreignWord(word: Word | undefined): string {
  const { text = "", upper = "" } = word ?? {};
  const name = upper === "VALUE" ? "NEXT VALUE" : upper || text;
  const reason = reasons.get(upper);
  return `It must be one SELECT; ${name} has no place in it${reason === undefined ? "" : `: ${reason}`}.`;
}

/** The first SELECT may follow a WITH; another is joined by a word, or is a statement of its own. */
function hasSecondSelect(words: readonly Word[]): boolean {
  const first = words.findIndex(({ upper, depth }) => upper === "SELECT" && depth === 0);
  return words.some(({ upper, depth }, at) => {
    if (upper !== "SELECT" || depth > 0) return false;
    if (at === first && (at === 0 || words[0]?.upper === "WITH")) return false;
    return !/^(UNION|ALL|EXCEPT|INTERSECT)$/.test(words[at - 1]?.upper ?? "");
  });
}

function isOuterWord(words: readonly Word[], name: string): boolean {
  return words.some(({ upper, depth }, at) => depth === 0 && upper === name && isWord(words, at));
}

/** The TOP of a part of a UNION is not the whole's. */
function hasTop(words: readonly Word[]): boolean {
  const isJoined = ["UNION", "EXCEPT", "INTERSECT"].some((name) => isOuterWord(words, name));
  if (isJoined) return false;
  return words.some(
    ({ upper, depth }, at) =>
      depth === 0 && upper === "TOP" && /^(SELECT|ALL|DISTINCT)$/.test(words[at - 1]?.upper ?? ""),
  );
}

/** OFFSET is no reserved word: a column may be called so, and rows may be sorted by it. */
function hasOffset(words: readonly Word[]): boolean {
  const outer = words.filter(({ depth }) => depth === 0);
  const order = outer.findLastIndex(({ upper }, at) => upper === "ORDER" && isWord(outer, at));
  const rows = outer.findLastIndex(({ upper }) => upper === "ROW" || upper === "ROWS");
  return outer.some(
    ({ upper }, at) => order >= 0 && order < at && at < rows && upper === "OFFSET" && endsOperand(outer[at - 1]),
  );
}

function refused(refusal: string): TemplateShape {
  return { refusal, hasExpressions: false, isOrdered: false, isLimited: false, hasOption: false };
}
