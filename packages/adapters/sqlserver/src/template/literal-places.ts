import { argumentsOf, isCall, isWord, parametersIn, type Span, type Word } from "./words.ts";

/**
 * Why a parameter cannot stand where the word at this place has it: there, SQL Server takes nothing
 * but what is written out.
 */
export function literalPlace(words: readonly Word[], at: number): string | undefined {
  const { upper = "", text = "" } = words[at] ?? {};
  const next = words[at + 1];
  if (upper === "TOP" && next?.kind === "parameter" && /^(SELECT|ALL|DISTINCT)$/.test(words[at - 1]?.upper ?? ""))
    return `TOP takes a parameter in parentheses alone: write TOP (${next.text}).`;
  if (upper === "TABLESAMPLE" && isWord(words, at)) return sampled(words, at);
  if (upper === "PIVOT" || upper === "UNPIVOT") {
    const [key] = isCall(words, at) ? parametersIn(words, inside(words, at + 1)) : [];
    if (key !== undefined) return `${upper} takes names of columns, written out, and no ${key.text}.`;
  }
  if (dateFunctions.test(upper) && isCall(words, at)) {
    const part = argumentsOf(words, at + 1)[0];
    if (part !== undefined && part.to - part.from === 1 && words[part.from]?.kind === "parameter")
      return `${upper} takes the part of a date as a word, such as DAY, and no ${words[part.from]?.text}.`;
  }
  if (/^(PRECEDING|FOLLOWING)$/.test(upper) && isFrame(words, at))
    return `A window's frame takes its number of rows written out, and no ${words[at - 1]?.text}.`;
  if (text === "value" && words[at - 1]?.text === "." && next?.text === "(") return xmlValue(words, at);
  return undefined;
}

const dateFunctions = /^(DATEADD|DATEDIFF|DATEDIFF_BIG|DATENAME|DATEPART|DATETRUNC|DATE_BUCKET)$/;

function inside(words: readonly Word[], open: number): Span {
  return { from: open + 1, to: words[open]?.partner ?? open };
}

/** `TABLESAMPLE SYSTEM (10 PERCENT) REPEATABLE (3)` */
function sampled(words: readonly Word[], at: number): string | undefined {
  let open = words[at + 1]?.text === "(" ? at + 1 : at + 2;
  while (words[open]?.text === "(") {
    const [key] = parametersIn(words, inside(words, open));
    if (key !== undefined) return `TABLESAMPLE takes its numbers written out, and no ${key.text}.`;
    const end = words[open]?.partner ?? open;
    open = words[end + 1]?.upper === "REPEATABLE" ? end + 2 : -1;
  }
  return undefined;
}

function isFrame(words: readonly Word[], at: number): boolean {
  return words[at - 1]?.kind === "parameter" && /^(ROWS|BETWEEN|AND)$/.test(words[at - 2]?.upper ?? "");
}

/** Told from a function of somebody's by its second argument, which names a type. */
function xmlValue(words: readonly Word[], at: number): string | undefined {
  const [path, type, ...others] = argumentsOf(words, at + 1);
  if (path === undefined || type === undefined || others.length > 0 || type.to - type.from !== 1) return undefined;
  const [key] = parametersIn(words, path);
  const isType = /^N?'[a-z]+ *(\([\w, ]+\))?'$/i.test(words[type.from]?.text ?? "");
  if (key === undefined || !isType || /^\[?dbo\]?$/i.test(words[at - 2]?.text ?? "")) return undefined;
  const name = key.text.slice(1);
  const join = `CROSS APPLY (SELECT ${key.text} AS ${name}) AS k`;
  return `An XML method takes literals alone: add ${join}, and write sql:column("k.${name}") in the path.`;
}
