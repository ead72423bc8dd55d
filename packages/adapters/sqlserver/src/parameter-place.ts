import type { KeyPlace } from "./key-types.ts";

/** What of the text around a parameter decides how its type is to be taken. `number` from 1, as in `@p1`. */
export function placeOf(text: string, number: number): KeyPlace {
  const match = new RegExp(`@p${number}(?![\\p{L}\\p{N}_@#$])`, "u").exec(text);
  if (match === null) return "equality";
  const before = text.slice(0, match.index).trimEnd();
  const after = text.slice(match.index + match[0].length).trimStart();
  if (/\b(TRY_)?(CAST|PARSE)\s*\($/i.test(before) && /^AS\b/i.test(after)) return "cast";
  if (/\b(TRY_)?CONVERT\s*\(\s*[\w.[\] ]+(\(\s*[\w\s,]+\))?\s*,$/i.test(before)) return "cast";
  const isRange = /([<>]|[<>!]=|![<>]|\bBETWEEN)$/i.test(before) || /^([<>]|!=|![<>])/.test(after);
  // The second limit of BETWEEN; an AND before a comparison is followed by an operator.
  const isLimit = /\bAND$/i.test(before) && !/^(=|IN\b|LIKE\b|IS\b)/i.test(after);
  return isRange || isLimit ? "range" : "equality";
}
