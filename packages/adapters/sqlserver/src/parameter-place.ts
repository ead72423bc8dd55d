import type { KeyPlace } from "./key-types.ts";

/** They make a text of what they are given. */
const textMakers =
  /^(CONCAT|CONCAT_WS|REPLACE|LEFT|RIGHT|SUBSTRING|STUFF|TRANSLATE|REVERSE|L?TRIM|RTRIM|QUOTENAME|CHARINDEX|PATINDEX|HASHBYTES)$/;
/** Who writes these has said how the text is spelled. */
const spellings = /^(UPPER|LOWER|FORMAT|STR|(TRY_)?(CAST|CONVERT))$/;

/** Texts, comments, names with what stands around them; anything else by its character. */
const token = /'(?:[^']|'')*(?:'|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}\p{N}_@#$.[\]]+|\S/gu;
const comment = /^(?:--|\/\*)/;

/** What makes a text of what follows, without a word of how it is spelled. */
function textMakerOf(before: string): { readonly textMaker: string } | undefined {
  if (/\bLIKE$/i.test(before)) return { textMaker: "LIKE" };
  const calls: string[] = [];
  let word = "";
  for (const [text] of before.matchAll(token)) {
    if (text === ")") calls.pop();
    if (text === "(") calls.push(word.toUpperCase());
    if (!comment.test(text)) word = text;
  }
  const textMaker = calls.find((name) => textMakers.test(name));
  return textMaker === undefined || calls.some((name) => spellings.test(name)) ? undefined : { textMaker };
}

/** What of the text around a parameter decides how its type is to be taken. `number` from 1, as in `@p1`. */
export function placeOf(text: string, number: number): KeyPlace {
  const match = new RegExp(`@p${number}(?![\\p{L}\\p{N}_@#$])`, "u").exec(text);
  if (match === null) return "equality";
  const before = text.slice(0, match.index).trimEnd();
  const after = text.slice(match.index + match[0].length).trimStart();
  if (/\b(TRY_)?(CAST|PARSE)\s*\($/i.test(before) && /^AS\b/i.test(after)) return "cast";
  if (/\b(TRY_)?CONVERT\s*\(\s*[\w.[\] ]+(\(\s*[\w\s,]+\))?\s*,$/i.test(before)) return "cast";
  const textMaker = textMakerOf(before);
  if (textMaker !== undefined) return textMaker;
  const isRange = /([<>]|[<>!]=|![<>]|\bBETWEEN)$/i.test(before) || /^([<>]|!=|![<>])/.test(after);
  // The second limit of BETWEEN; an AND before a comparison is followed by an operator.
  const isLimit = /\bAND$/i.test(before) && !/^(=|IN\b|LIKE\b|IS\b)/i.test(after);
  return isRange || isLimit ? "range" : "equality";
}
