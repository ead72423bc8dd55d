import type { Word } from "./word.ts";

/**
 * Names without an owner are looked for in the session's current schema first, and then among
 * public synonyms, which others may have made. No schema's object comes before the functions of
 * SQL, or what a block or the package STANDARD declares.
 */
const builtIn: ReadonlySet<string> = new Set(
  `ASCIISTR CAST CHR COUNT EXTRACT GREATEST HEXTORAW INSTR JSON_OBJECT JSON_SERIALIZE JSON_TABLE JSON_VALUE LEAST LENGTH LOWER MAX MIN NLSSORT NUMTODSINTERVAL
   NVL RAISE_APPLICATION_ERROR REPLACE ROUND RTRIM SUBSTR SUM SYS_CONTEXT SYS_EXTRACT_UTC TO_CHAR TO_CLOB TO_DATE TO_NUMBER TO_TIMESTAMP_TZ TRUNC
   XMLSERIALIZE`.split(/\s+/),
);

/** They stand before a parenthesis, too. */
const syntax: ReadonlySet<string> = new Set(
  `AND APPLY CHAR CHECK COLUMNS DAY EXISTS FROM IDENTITY IN JOIN KEEP KEY NCHAR NUMBER OR SECOND TIMESTAMP UNIQUE VALUES VARCHAR2 ON WHEN
   INDEX NOT OVER SELECT`.split(/\s+/),
);

/** Names that stand for an object of another's; `place`: what ours begin with. */
export function unqualifiedNames(words: readonly Word[], place: string): readonly string[] {
  const own = new Set(["JSON_TABLE", ...declaredNames(words)]);
  const isOurs = ({ text }: Word) => text.startsWith(place) || text.startsWith("l_") || text.startsWith("p_");
  return words.flatMap((word, at) => {
    const before = words[at - 1];
    const after = words[at + 1];
    if (word.kind !== "other" || !/^[A-Za-z_]\w*$/.test(word.text) || isOurs(word) || before?.text === ".") return [];
    const isTable = /^(FROM|JOIN|INTO|REFERENCES)$/.test(before?.upper ?? "") || (before?.upper === "UPDATE" && at < 2);
    if (isTable) return after?.text === "." || own.has(word.upper) ? [] : [word.text];
    const isCalled = after?.text === "(";
    return !isCalled || builtIn.has(word.upper) || syntax.has(word.upper) || own.has(word.upper)
      ? []
      : [`${word.text}(`];
  });
}

/** The cursors of a block, and the arrays of its own types. */
function declaredNames(words: readonly Word[]): readonly string[] {
  return words.flatMap((word, at) => (/^(CURSOR|TYPE)$/.test(word.upper) ? [words[at + 1]?.upper ?? ""] : []));
}
