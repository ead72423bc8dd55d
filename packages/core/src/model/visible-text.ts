/**
 * Control characters, line separators, halves of characters, and what is not seen: zero-width,
 * bidirectional, fillers, tags.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const shortForms: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text from outside as one line that reads as it is written, whatever shows it: what would break
 * the line, colour it, turn it round or hide in it is spelled out (`\n`, `\u{1b}`). With `most`, it
 * is cut to so many characters.
 */
export function visibleText(text: string, most = Number.POSITIVE_INFINITY): string {
  // Cut before and after: escapes are longer than what they stand for, and a text may be megabytes.
  const short = text.length > most ? text.slice(0, most + 1) : text;
  const line = short.replace(unseen, escaped);
  return line.length > most ? `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…` : line;
}

function escaped(character: string): string {
  return shortForms[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
