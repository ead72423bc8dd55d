import { mayNameColumn } from "./column-names.ts";
import { isWord, nextAt, parametersIn, splitAtCommas, type Word } from "./words.ts";

/** What of a GROUP BY has a key and no column: that is refused in any form (error 164). */
export interface GroupedKey {
  readonly parameter: string;
  /** There is nothing else in that GROUP BY. */
  readonly isAlone: boolean;
}

export function groupedKeyIn(words: readonly Word[]): GroupedKey | undefined {
  for (const [at, { upper }] of words.entries()) {
    if (upper !== "GROUP" || words[at + 1]?.upper !== "BY" || !isWord(words, at)) continue;
    const items = splitAtCommas(words, { from: at + 2, to: groupEnd(words, at + 2) });
    for (const item of items) {
      const [key] = parametersIn(words, item);
      if (key !== undefined && !mayNameColumn(words, item)) return { parameter: key.text, isAlone: items.length === 1 };
    }
  }
  return undefined;
}

function groupEnd(words: readonly Word[], begin: number): number {
  let at = begin;
  while (at < words.length && words[at]?.text !== ")") {
    if (/^(HAVING|ORDER|UNION|EXCEPT|INTERSECT|FOR|OPTION|WITH|WINDOW)$/.test(words[at]?.upper ?? "")) return at;
    at = words[at]?.text === "(" ? nextAt(words, at) + 1 : at + 1;
  }
  return at;
}
