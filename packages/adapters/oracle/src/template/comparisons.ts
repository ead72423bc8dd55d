import { queryBlocksAround } from "./query-blocks.ts";
import { type Word, wordsOf } from "./words.ts";

/** What a template compares one of its parameters with, as the template writes it. */
export interface Comparison {
  readonly expression: string;
  /** By `<`, `>` or BETWEEN. */
  readonly isRange: boolean;
  /**
   * SELECTs whose one column is that expression: in its own query block, and in those around it,
   * whose columns it may name. The first that the server takes says what type it has.
   */
  readonly probes: readonly string[];
}

/** How one parameter is used, as far as its text tells. */
export interface ParameterUse {
  /** Absent: it is an operand of something else, or nothing is known of it. */
  readonly comparison?: Comparison;
  /** What an expression that has it in it is compared with: `t.code` of `t.code = NVL(:code, 'x')`. */
  readonly compared?: Comparison;
  /** What makes a text of it, whose spelling nobody has asked for: `REPLACE`, `||`, `LIKE`. */
  readonly textMaker?: string;
  /** `:id IS NULL`, so that the template means something by a value that is none. */
  readonly isAskedForNull: boolean;
}

/**
 * Reads a template's comparisons: `a = :id`, `:id < a`, `a IN (:id, …)`, `:id IN (SELECT …)`, `(a,
 * b) IN ((:a, :b), …)`, `a BETWEEN :id AND …`. One use for each parameter, in order. What it does
 * not know keeps its own type: Oracle has no word for a parameter's type.
 */
export function parameterUses(template: string): readonly ParameterUse[] {
  const words = wordsOf(template);
  return words.flatMap(({ kind }, at): ParameterUse[] => {
    if (kind !== "parameter") return [];
    const isAskedForNull = words[at + 1]?.upper === "IS";
    const textMaker = textMakerOf(words, at);
    const use = { isAskedForNull, ...(textMaker === undefined ? {} : { textMaker }) };
    const comparisonWith = (other: readonly Word[] | undefined) => {
      if (other === undefined || !namesSomething(other)) return undefined;
      const expression = textOf(template, other);
      return { expression, isRange: isInRange(words, at), probes: probesFor(template, words, at, expression) };
    };
    const bare = otherSide(words, at, at);
    const comparison = comparisonWith(bare);
    if (comparison !== undefined) return [{ ...use, comparison }];
    const compared = bare === undefined ? comparisonWith(otherSideOfOperand(words, at)) : undefined;
    return [{ ...use, ...(compared === undefined ? {} : { compared }) }];
  });
}

/** Of the operand that has the parameter in it, or of the one that has that in it, and so on. */
function otherSideOfOperand(words: readonly Word[], at: number): readonly Word[] | undefined {
  for (let inner: number | undefined = at; inner !== undefined; inner = openingOf(words, inner)) {
    if (words[inner + 1]?.upper === "SELECT") return undefined;
    const depth = words[inner]?.depth ?? 0;
    let first = inner;
    while (!isBoundary(words[first - 1], depth)) first -= 1;
    let last = inner;
    while (!isBoundary(words[last + 1], depth)) last += 1;
    if (words[first - 1]?.upper === "LIKE") return spanBefore(words, withoutNot(words, first - 2));
    const other = otherSide(words, first, last);
    if (other !== undefined) return other;
  }
  return undefined;
}

function isInRange(words: readonly Word[], at: number): boolean {
  const [before, next] = [words[at - 1], words[at + 1]];
  const isLimit = before?.upper === "AND" && ofBetween(words, at - 1) !== undefined;
  return isLimit || [before, next].some((word) => /^(?:[<>]=?|BETWEEN)$/.test(word?.text.toUpperCase() ?? ""));
}

/** They make a text of what they are given. */
const textMakers: ReadonlySet<string> = new Set(
  "CONCAT REPLACE SUBSTR SUBSTRB INSTR LPAD RPAD LTRIM RTRIM TRIM TRANSLATE REGEXP_REPLACE REGEXP_SUBSTR REGEXP_LIKE".split(
    " ",
  ),
);
/** Who writes these has said how the text is spelled. */
const spellings: ReadonlySet<string> = new Set("UPPER LOWER NLS_UPPER NLS_LOWER HEXTORAW TO_CHAR CAST".split(" "));

function textMakerOf(words: readonly Word[], at: number): string | undefined {
  const calls: string[] = [];
  for (let open = openingOf(words, at); open !== undefined; open = openingOf(words, open)) {
    if (words[open + 1]?.upper === "SELECT") break;
    calls.push(words[open - 1]?.upper ?? "");
  }
  if (calls.some((name) => spellings.has(name))) return undefined;
  const [before, next] = [words[at - 1], words[at + 1]];
  if (before?.text === "||" || next?.text === "||") return "||";
  return before?.upper === "LIKE" ? "LIKE" : calls.find((name) => textMakers.has(name));
}

/** A literal has no column's type. */
function namesSomething(span: readonly Word[]): boolean {
  return span.some(({ kind }) => kind === "word" || kind === "quoted");
}

function textOf(template: string, span: readonly Word[]): string {
  return template.slice(span[0]?.start, span.at(-1)?.end).replaceAll("(+)", "");
}

function probesFor(template: string, words: readonly Word[], at: number, expression: string): readonly string[] {
  const { blocks, commonTables } = queryBlocksAround(words, at);
  const clauses = commonTables.map((span) => textOf(template, span));
  const prefix = clauses.length === 0 ? "" : `WITH ${clauses.join(", ")} `;
  let select = expression;
  return blocks.map((from, index) => {
    select = `SELECT ${index === 0 ? select : `(${select})`} AS "x" FROM ${textOf(template, from)}`;
    return `${prefix}${select}`;
  });
}

const operators: ReadonlySet<string> = new Set(["=", "!=", "<>", "^=", "<", ">", "<=", ">="]);

/** What the words from `first` to `last` are compared with: a bare parameter, or an operand. */
function otherSide(words: readonly Word[], first: number, last: number): readonly Word[] | undefined {
  return leftSide(words, first, last) ?? rightSide(words, first, last);
}

function leftSide(words: readonly Word[], first: number, last: number): readonly Word[] | undefined {
  const before = words[first - 1];
  if (before === undefined || !isBoundary(words[last + 1], words[last]?.depth ?? 0)) return undefined;
  if (operators.has(before.text)) return spanBefore(words, first - 2);
  if (before.upper === "BETWEEN") return spanBefore(words, withoutNot(words, first - 2));
  if (before.upper === "AND") return ofBetween(words, first - 1);
  return before.text === "(" || before.text === "," ? ofList(words, first) : undefined;
}

function rightSide(words: readonly Word[], first: number, last: number): readonly Word[] | undefined {
  const next = words[last + 1];
  if (next === undefined || !isBoundary(words[first - 1], words[first]?.depth ?? 0)) return undefined;
  if (operators.has(next.text) || next.upper === "BETWEEN") return spanAfter(words, last + 2);
  if (next.upper === "IN") return ofGroup(words, last + 2);
  return next.upper === "NOT" && words[last + 2]?.upper === "IN" ? ofGroup(words, last + 3) : undefined;
}

const boundaries: ReadonlySet<string> = new Set(
  (
    "AND BETWEEN BY CASE CONNECT CROSS ELSE END EXCEPT FETCH FOR FROM FULL GROUP HAVING IN INNER INTERSECT IS JOIN LEFT LIKE MINUS " +
    "NATURAL NOT OFFSET ON OR ORDER PRIOR RIGHT SELECT START THEN UNION WHEN WHERE WITH"
  ).split(" "),
);

function isBoundary(word: Word | undefined, depth: number): boolean {
  if (word === undefined || word.depth < depth) return true;
  if (word.depth > depth) return false;
  return word.text === "," || operators.has(word.text) || boundaries.has(word.upper);
}

/** The operand that ends here, or none. */
function spanBefore(words: readonly Word[], last: number): readonly Word[] | undefined {
  const depth = words[last]?.depth ?? 0;
  let first = last + 1;
  while (!isBoundary(words[first - 1], depth)) first -= 1;
  return first > last ? undefined : words.slice(first, last + 1);
}

/** The operand that begins here, or none. */
function spanAfter(words: readonly Word[], first: number): readonly Word[] | undefined {
  if (/^(ANY|ALL|SOME)$/.test(words[first]?.upper ?? "")) return ofGroup(words, first + 1);
  const depth = words[first]?.depth ?? 0;
  let end = first;
  while (!isBoundary(words[end], depth)) end += 1;
  return end === first ? undefined : words.slice(first, end);
}

/** Of `(a, b)` the first element, as the others are of its type; a sub-query as a whole. */
function ofGroup(words: readonly Word[], open: number): readonly Word[] | undefined {
  if (words[open]?.text !== "(") return undefined;
  const depth = words[open]?.depth ?? 0;
  const length = words.slice(open + 1).findIndex((word) => word.depth === depth) + 2;
  const group = words.slice(open, open + length);
  return /^(SELECT|WITH)$/.test(group[1]?.upper ?? "") ? group : elementsOf(group)[0];
}

function withoutNot(words: readonly Word[], last: number): number {
  return words[last]?.upper === "NOT" ? last - 1 : last;
}

/** `a BETWEEN 1 AND :id`: this AND is a BETWEEN's if that is what its left side began with. */
function ofBetween(words: readonly Word[], and: number): readonly Word[] | undefined {
  const low = spanBefore(words, and - 1);
  const between = and - 1 - (low?.length ?? 0);
  return words[between]?.upper === "BETWEEN" ? spanBefore(words, withoutNot(words, between - 1)) : undefined;
}

/** `a IN (…, :id, …)`, or `(a, b) IN ((…, :id), …)`. */
function ofList(words: readonly Word[], at: number): readonly Word[] | undefined {
  const open = openingOf(words, at);
  if (open === undefined) return undefined;
  if (words[open - 1]?.upper === "IN") return spanBefore(words, withoutNot(words, open - 2));
  const outer = openingOf(words, open);
  if (outer === undefined || words[outer - 1]?.upper !== "IN") return undefined;
  const tuple = spanBefore(words, withoutNot(words, outer - 2));
  if (tuple?.[0]?.text !== "(") return undefined;
  return elementsOf(tuple)[elementsOf(words.slice(open, at)).length - 1];
}

/** The parenthesis in which a word stands. */
function openingOf(words: readonly Word[], at: number): number | undefined {
  const depth = words[at]?.depth ?? 0;
  const open = words.slice(0, at).findLastIndex((word) => word.depth < depth);
  return open === -1 ? undefined : open;
}

/** Of `(a, b)`, or of its beginning: as many elements as there are commas, and one. */
function elementsOf(tuple: readonly Word[]): readonly (readonly Word[])[] {
  const depth = (tuple[0]?.depth ?? 0) + 1;
  const elements: Word[][] = [[]];
  for (const word of tuple.slice(1)) {
    if (word.depth < depth) break;
    if (word.depth === depth && word.text === ",") elements.push([]);
    else elements.at(-1)?.push(word);
  }
  return elements;
}
