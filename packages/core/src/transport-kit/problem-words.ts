import type { Problem } from "../model/problem.ts";

const longest = 1_000;

/**
 * All that is wrong as one line of at most 1,000 characters, for a failure: names that a strategy's author
 * chose are in it.
 */
export function problemWords(problems: readonly Problem[]): string {
  const words = problems
    .map(({ at, message }) => `${at} ${message}`)
    .join("; ")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\s]+/gu, " ");
  return words.length <= longest ? words : `${words.slice(0, longest - 1)}…`;
}
