/** A word of a query, as SQL Server reads it. Comments are left out. */
export interface Word {
  readonly kind: "word" | "quoted" | "text" | "number" | "parameter" | "sign";
  readonly text: string;
  /** In capitals, unless it is quoted or a text: those say nothing but themselves. */
  readonly upper: string;
  /** How many parentheses it stands in. Both of a pair stand outside of themselves. */
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  /** Of a parenthesis: where its partner is among the words; -1 if it has none. */
  readonly partner: number;
}

const kinds = ["text", "quoted", "parameter", "number", "word"] as const;

/**
 * One way to match each, so that no text takes long. Comments nest, so their ends are found by
 * counting. In `1a` there are two words, a number and its alias; and `1e` is a number, too, but
 * `1exec` must show its EXEC.
 */
const pieces = new RegExp(
  [
    "(?<comment>--[^\\r\\n]*|/\\*)",
    "(?<text>n?'(?:[^']|'')*(?:'|$))",
    '(?<quoted>"(?:[^"]|"")*(?:"|$)|\\[(?:[^\\]]|\\]\\])*(?:\\]|$))',
    "(?<sign>::|[<>!]=|<>)",
    "(?<parameter>:[A-Za-z_][A-Za-z0-9_]*)",
    "(?<number>0x[0-9a-f]*|\\$?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:e(?!xec)[+-]?[0-9]*)?)",
    "(?<word>[@#$_\\p{L}][@#$_\\p{L}\\p{N}]*)",
    "\\S",
  ].join("|"),
  "giu",
);

export function wordsOf(text: string): readonly Word[] {
  const words: (Word & { partner: number })[] = [];
  const open: number[] = [];
  pieces.lastIndex = 0;
  for (let match = pieces.exec(text); match !== null; match = pieces.exec(text)) {
    const { 0: piece, index: start, groups = {} } = match;
    if (groups.comment !== undefined) {
      if (piece === "/*") pieces.lastIndex = commentEnd(text, start);
      continue;
    }
    const kind = kinds.find((each) => groups[each] !== undefined) ?? "sign";
    const isSilent = kind === "text" || kind === "quoted";
    const partner = piece === ")" ? (open.pop() ?? -1) : -1;
    const upper = isSilent ? "" : piece.toUpperCase();
    const opened = words[partner];
    if (opened !== undefined) opened.partner = words.length;
    words.push({ kind, text: piece, upper, depth: open.length, start, end: start + piece.length, partner });
    if (piece === "(") open.push(words.length - 1);
  }
  return words;
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

/** Words from one place up to another, which is no longer part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What stands between the commas of the parentheses that open at `open`, which must have a partner. */
export function argumentsOf(words: readonly Word[], open: number): readonly Span[] {
  return splitAtCommas(words, { from: open + 1, to: words[open]?.partner ?? open });
}

/** The span's parts between commas, those of inner parentheses not counted. Nothing has no parts. */
export function splitAtCommas(words: readonly Word[], { from, to }: Span): readonly Span[] {
  const parts: Span[] = [];
  let begun = from;
  for (let at = from; at < to; at = nextAt(words, at)) {
    if (words[at]?.text !== ",") continue;
    parts.push({ from: begun, to: at });
    begun = at + 1;
  }
  if (to > from) parts.push({ from: begun, to });
  return parts;
}

/** The place of the next word that is not inside of parentheses that open here: their end. */
export function nextAt(words: readonly Word[], at: number): number {
  const word = words[at];
  return word?.text === "(" && word.partner > at ? word.partner : at + 1;
}

/** It is called, by this name alone: `MAX (`, and neither `dbo.MAX(` nor `t.max`. */
export function isCall(words: readonly Word[], at: number): boolean {
  return isWord(words, at) && words[at + 1]?.text === "(" && (words[at + 1]?.partner ?? -1) > at;
}

/** It is a word without quotes, and no part of a name with points. */
export function isWord(words: readonly Word[], at: number): boolean {
  const before = words[at - 1]?.text;
  return words[at]?.kind === "word" && before !== "." && before !== "::";
}

/** Words that connect what stands on both their sides, or open something: no operand ends with them. */
const connecting: ReadonlySet<string> = new Set(
  `ALL AND ANY AS BETWEEN BY CASE CROSS DISTINCT ELSE ESCAPE EXCEPT FROM HAVING IN INTERSECT IS JOIN LIKE NOT ON OR OVER
   SELECT SOME THEN TO UNION WHEN WHERE`.split(/\s+/),
);

/** Whether an operand may end with this word. */
export function endsOperand(word: Word | undefined): boolean {
  if (word === undefined) return false;
  if (word.kind === "word") return !connecting.has(word.upper);
  return word.kind !== "sign" || word.text === ")";
}

export function parametersIn(words: readonly Word[], { from, to }: Span): readonly Word[] {
  return words.slice(from, to).filter(({ kind }) => kind === "parameter");
}
