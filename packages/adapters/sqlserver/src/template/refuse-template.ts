import { shapeOf } from "../template-shape.ts";
import { groupedKeyIn } from "./grouped-key.ts";
import { literalPlace } from "./literal-places.ts";
import { type Column, columnsOf } from "./select-list.ts";
import { variablePlaces } from "./variable-places.ts";
import { endsOperand, isWord, parametersIn, type Word, wordsOf } from "./words.ts";

/** Why a template can be read in no form. One sentence; it says what helps. */
export function refuse(template: string): string | undefined {
  const words = wordsOf(template);
  for (const at of words.keys()) {
    if (isGoLine(template, words, at)) return "GO is no SQL, but a line that tools understand: leave it out.";
  }
  const { refusal } = shapeOf(template);
  if (refusal !== undefined) return refusal.replace(/^It /, "The query ");
  if (words.find(({ text }) => text !== "(")?.upper === "VALUES")
    return "SQL Server takes rows without a SELECT nowhere: write SELECT … FROM (VALUES (:id)) AS v (id).";
  for (const at of words.keys()) {
    const reason = outerFor(words, at) ?? literalPlace(words, at);
    if (reason !== undefined) return reason;
  }
  return groupedKey(words) ?? expressionOfKey(words) ?? columnProblem(template, words);
}

/**
 * A name may be called so, and stand in a line of its own: behind an operand, and before nothing or
 * a SELECT, it is none.
 */
function isGoLine(template: string, words: readonly Word[], at: number): boolean {
  const word = words[at];
  if (word?.upper !== "GO" || !isWord(words, at) || !endsOperand(words[at - 1])) return false;
  if (!/[\r\n][ \t]*$/.test(template.slice(words[at - 1]?.end, word.start))) return false;
  const last = words[at + 1]?.kind === "number" && !hasBreak(template, word, words[at + 1]) ? at + 1 : at;
  const next = words[last + 1];
  return next === undefined || (next.upper === "SELECT" && hasBreak(template, words[last], next));
}

function hasBreak(template: string, left: Word | undefined, right: Word | undefined): boolean {
  return /[\r\n]/.test(template.slice(left?.end, right?.start));
}

function outerFor(words: readonly Word[], at: number): string | undefined {
  const word = words[at];
  if (word?.upper !== "FOR" || word.depth !== 0 || !isWord(words, at)) return undefined;
  const form = words[at + 1]?.upper ?? "";
  if (form === "BROWSE") return "The driver cannot read what FOR BROWSE sends: leave FOR BROWSE out.";
  if (form !== "JSON" && form !== "XML") return undefined;
  return `FOR ${form} of the whole comes in pieces of one text: read it as a column, SELECT (SELECT … FOR ${form} …) AS name.`;
}

function groupedKey(words: readonly Word[]): string | undefined {
  const found = groupedKeyIn(words);
  if (found === undefined) return undefined;
  const { parameter, isAlone } = found;
  const instead = isAlone ? "leave GROUP BY out; HAVING COUNT(*) > 0 stands for it" : `leave ${parameter} out`;
  return `GROUP BY takes columns, and ${parameter} is the same in all rows: ${instead}.`;
}

function expressionOfKey(words: readonly Word[]): string | undefined {
  for (const { name, span } of variablePlaces(words)) {
    const [key] = parametersIn(words, span);
    if (key !== undefined && span.to - span.from > 1)
      return `${name} takes a literal or a parameter, and nothing that is made of ${key.text}.`;
  }
  return undefined;
}

function columnProblem(template: string, words: readonly Word[]): string | undefined {
  const columns = columnsOf(words);
  const unnamed = columns.findIndex(({ kind }) => kind === "unnamed");
  const known = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    if (index === unnamed) return `Column ${index + 1} has no name: write ${textOf(template, words, column)} AS name.`;
    if (column.kind !== "named") continue;
    const before = known.get(column.name);
    if (before !== undefined)
      return `Columns ${before + 1} and ${index + 1} are both called ${column.name}: give one another name.`;
    known.set(column.name, index);
  }
  return undefined;
}

function textOf(template: string, words: readonly Word[], { span }: Column): string {
  const text = template.slice(words[span.from]?.start, words[span.to - 1]?.end).replace(/\s+/g, " ");
  return text.length > 40 ? "…" : text;
}
