import { variablePlaces } from "./variable-places.ts";
import { type Span, type Word, wordsOf } from "./words.ts";

/**
 * A template with its parameters as `@p1`, each converted to its key's type; without the conversion
 * where SQL Server takes a variable alone. The variable is an nvarchar(400) there, which the server
 * converts by itself.
 */
export function plainVariables(text: string): string {
  const words = wordsOf(text);
  let plain = text;
  for (const { span } of variablePlaces(words).toReversed()) {
    const variable = onlyVariable(words, span);
    const start = words[span.from]?.start ?? 0;
    const end = words[span.to - 1]?.end ?? start;
    if (variable !== undefined) plain = `${plain.slice(0, start)}${variable}${plain.slice(end)}`;
  }
  return plain;
}

function onlyVariable(words: readonly Word[], { from, to }: Span): string | undefined {
  const names = words.slice(from, to).flatMap(({ text }) => (/^@p[0-9]+$/.test(text) ? [text] : []));
  const [only, ...others] = new Set(names);
  return others.length === 0 ? only : undefined;
}
