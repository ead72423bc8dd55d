import type { Span, Word } from "./words.ts";

const keywords: ReadonlySet<string> = new Set(
  "AND AS BETWEEN CASE DISTINCT ELSE END ESCAPE IN IS LIKE NOT NULL OR THEN WHEN".split(" "),
);

/**
 * Whether any word might be a column's name: neither a keyword nor a function, nor the type in
 * `CAST(… AS int)`.
 */
export function mayNameColumn(words: readonly Word[], { from, to }: Span): boolean {
  return words.slice(from, to).some((word, index) => {
    const at = from + index;
    if (word.kind === "quoted") return true;
    if (word.kind !== "word" || keywords.has(word.upper)) return false;
    return words[at + 1]?.text !== "(" && words[at - 1]?.upper !== "AS";
  });
}
