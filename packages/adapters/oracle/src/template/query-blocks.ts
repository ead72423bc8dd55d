import type { Word } from "./words.ts";

/** Where a word stands. */
export interface QueryBlocks {
  /** The FROM clauses of the SELECTs around it, without their FROM, the nearest first. */
  readonly blocks: readonly (readonly Word[])[];
  /** The lists of common tables that it sees, without their WITH, the outermost first. */
  readonly commonTables: readonly (readonly Word[])[];
}

export function queryBlocksAround(words: readonly Word[], at: number): QueryBlocks {
  const blocks: (readonly Word[])[] = [];
  const commonTables: (readonly Word[])[] = [];
  let inside = at;
  for (let depth = words[at]?.depth ?? 0; depth >= 0; depth -= 1) {
    const start = words.slice(0, inside).findLastIndex((word) => word.depth < depth) + 1;
    const own = words.slice(start);
    const end = own.findIndex((word) => word.depth < depth);
    const group = end === -1 ? own : own.slice(0, end);
    const common = commonTablesOf(group, depth);
    if (common.length > 0) commonTables.unshift(common);
    const from = fromClauseOf(group, inside - start, depth);
    // What stands in a list of common tables sees nothing of the SELECT behind it.
    if (from !== undefined) blocks.push(from);
    inside = start - 1;
  }
  return { blocks, commonTables };
}

function commonTablesOf(group: readonly Word[], depth: number): readonly Word[] {
  if (group[0]?.upper !== "WITH") return [];
  const select = group.findIndex((word) => word.depth === depth && word.upper === "SELECT");
  return select === -1 ? [] : group.slice(1, select);
}

/** Of the SELECT that a position belongs to: the last one before it, up to the next UNION or the like. */
function fromClauseOf(group: readonly Word[], position: number, depth: number): readonly Word[] | undefined {
  const isHere = (word: Word, pattern: RegExp) => word.depth === depth && pattern.test(word.upper);
  const select = group.findLastIndex((word, index) => index < position && isHere(word, /^SELECT$/));
  if (select === -1) return undefined;
  const rest = group.slice(select);
  const end = rest.findIndex((word) => isHere(word, /^(UNION|INTERSECT|MINUS|EXCEPT)$/));
  const block = end === -1 ? rest : rest.slice(0, end);
  const from = block.findIndex((word) => isHere(word, /^FROM$/));
  if (from === -1) return undefined;
  const clause = block.slice(from + 1);
  const last = clause.findIndex((word, index) => endsFrom(clause, word, index, depth));
  return last === -1 ? clause : clause.slice(0, last);
}

function endsFrom(clause: readonly Word[], word: Word, index: number, depth: number): boolean {
  if (word.depth !== depth) return false;
  const next = clause[index + 1]?.upper ?? "";
  if (/^(GROUP|ORDER|CONNECT)$/.test(word.upper)) return next === "BY";
  if (word.upper === "START") return next === "WITH";
  return /^(WHERE|HAVING|FETCH|OFFSET|MODEL|WINDOW|QUALIFY)$/.test(word.upper);
}
