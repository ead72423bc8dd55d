export interface Word {
  /** As it was written. */
  readonly text: string;
  /** In capitals: keywords and names alike. */
  readonly upper: string;
  readonly kind: "text" | "number" | "quoted" | "bind" | "other";
  /** How many parentheses are open around it. */
  readonly depth: number;
  readonly offset: number;
}

/** What stands around a word between the same parentheses and semicolons, without what stands in parentheses of its own. */
export function around(words: readonly Word[], at: number): { readonly before: Word[]; readonly after: Word[] } {
  const depth = words[at]?.depth ?? 0;
  const ends = (word: Word) => word.depth < depth || (word.depth === depth && word.text === ";");
  const before: Word[] = [];
  for (let index = at - 1; index >= 0; index--) {
    const word = words[index];
    if (word === undefined || ends(word)) break;
    if (word.depth === depth) before.unshift(word);
  }
  const after: Word[] = [];
  for (const word of words.slice(at + 1)) {
    if (ends(word)) break;
    if (word.depth === depth) after.push(word);
  }
  return { before, after };
}

export function has(words: readonly Word[], ...names: readonly string[]): boolean {
  return words.some(({ upper, kind }) => kind === "other" && names.includes(upper));
}
