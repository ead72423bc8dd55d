import { argumentsOf, isCall, isWord, type Span, type Word } from "./words.ts";

/**
 * Where SQL Server takes a literal or a variable alone: neither a column, as a key of a set is, nor
 * any other expression.
 */
export interface VariablePlace {
  /** Whose it is, as the first words of a sentence. */
  readonly name: string;
  readonly span: Span;
}

/** Functions with such arguments, and the first of them. */
const functions: ReadonlyMap<string, { readonly name: string; readonly first: number }> = new Map([
  ["STRING_AGG", { name: "STRING_AGG's separator", first: 1 }],
  ["CONTAINS", { name: "CONTAINS", first: 1 }],
  ["FREETEXT", { name: "FREETEXT", first: 1 }],
  ["CONTAINSTABLE", { name: "CONTAINSTABLE", first: 2 }],
  ["FREETEXTTABLE", { name: "FREETEXTTABLE", first: 2 }],
]);

export function variablePlaces(words: readonly Word[]): readonly VariablePlace[] {
  return words.flatMap(({ upper }, at) => {
    const called = functions.get(upper);
    if (called !== undefined && isCall(words, at)) {
      const spans = argumentsOf(words, at + 1).slice(called.first);
      return spans.map((span) => ({ name: called.name, span: withoutLanguage(words, span) }));
    }
    if (upper !== "SYSTEM_TIME" || words[at - 1]?.upper !== "FOR" || !isWord(words, at - 1)) return [];
    return timesBehind(words, at + 1).map((span) => ({ name: "FOR SYSTEM_TIME", span }));
  });
}

function withoutLanguage(words: readonly Word[], { from, to }: Span): Span {
  return words[from]?.upper === "LANGUAGE" ? { from: from + 1, to } : { from, to };
}

/** `AS OF a`, `FROM a TO b`, `BETWEEN a AND b`, `CONTAINED IN (a, b)`; ALL has none. */
function timesBehind(words: readonly Word[], at: number): readonly Span[] {
  const { upper = "" } = words[at] ?? {};
  if (upper === "AS") return [expressionAt(words, at + 2)];
  if (upper === "CONTAINED") return words[at + 2]?.text === "(" ? argumentsOf(words, at + 2) : [];
  if (upper !== "FROM" && upper !== "BETWEEN") return [];
  const low = expressionAt(words, at + 1);
  return [low, expressionAt(words, low.to + 1)];
}

/** The expression that begins here: a word, a call or a CASE, and what signs join to it. */
function expressionAt(words: readonly Word[], from: number): Span {
  let to = operandEnd(words, from);
  while (words[to]?.kind === "sign" && /^[-+*/%]$/.test(words[to]?.text ?? "")) to = operandEnd(words, to + 1);
  return { from, to: Math.min(to, words.length) };
}

function operandEnd(words: readonly Word[], at: number): number {
  const open = words[at]?.text === "(" ? at : at + 1;
  if (words[open]?.text === "(") return Math.max(words[open]?.partner ?? 0, open) + 1;
  if (words[at]?.upper !== "CASE") return at + 1;
  let depth = 0;
  for (let end = at; end < words.length; end += 1) {
    if (words[end]?.upper === "CASE") depth += 1;
    if (words[end]?.upper === "END") depth -= 1;
    if (depth === 0) return end + 1;
  }
  return words.length;
}
