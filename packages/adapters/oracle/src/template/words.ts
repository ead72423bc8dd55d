/** A word of a template: what Oracle's own reading takes for one. Comments are left out. */
export interface Word {
  readonly kind: "word" | "quoted" | "text" | "number" | "parameter" | "sign";
  readonly text: string;
  /** In capitals, if it is a word. */
  readonly upper: string;
  /** How many parentheses it stands in. Both of a pair stand outside of themselves. */
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}

/**
 * One way to match each, so that no text takes long. Core has refused a text or a comment that does
 * not end.
 */
const pieces = new RegExp(
  [
    String.raw`(?<comment>--[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/)`,
    String.raw`(?<text>n?q'(?:\[[^\]]*(?:\](?!')[^\]]*)*\]'|\([^)]*(?:\)(?!')[^)]*)*\)'|\{[^}]*(?:\}(?!')[^}]*)*\}'|<[^>]*(?:>(?!')[^>]*)*>'|(?<mark>[^\s[({<])(?:(?!\k<mark>').)*\k<mark>')|n?'[^']*(?:''[^']*)*')`,
    '(?<quoted>"[^"]*")',
    "(?<parameter>:[A-Za-z_][A-Za-z0-9_]*)",
    String.raw`(?<number>\d[\w.]*|\.\d\w*)`,
    String.raw`(?<word>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$#\u0080-\uffff]*)`,
    String.raw`(?<sign>[<>!^]=|<>|\|\||\(\+\)|[^\s])`,
  ].join("|"),
  "gis",
);

export function wordsOf(template: string): readonly Word[] {
  let depth = 0;
  return [...template.matchAll(pieces)].flatMap(({ 0: text, index: start, groups = {} }) => {
    if (groups.comment !== undefined) return [];
    if (text === ")") depth -= 1;
    const word: Word = {
      kind: kinds.find((kind) => groups[kind] !== undefined) ?? "sign",
      text,
      upper: groups.word === undefined ? "" : text.toUpperCase(),
      depth,
      start,
      end: start + text.length,
    };
    if (text === "(") depth += 1;
    return [word];
  });
}

const kinds = ["text", "quoted", "parameter", "number", "word"] as const;
