import { endsOperand, isWord, nextAt, type Span, splitAtCommas, type Word } from "./words.ts";

/** A column of a query's result, as far as the text tells what it is called. */
export type Column =
  | { readonly kind: "named"; readonly name: string; readonly span: Span }
  | { readonly kind: "unnamed"; readonly span: Span }
  /** Any number of columns, or one of which the server alone knows the name. */
  | { readonly kind: "unknown"; readonly span: Span };

/**
 * The columns of a whole query: of the first part, if it is a UNION. Empty if the text does not
 * show where they are.
 */
export function columnsOf(words: readonly Word[]): readonly Column[] {
  const list = selectList(words);
  return list === undefined ? [] : splitAtCommas(words, list).map((span) => columnAt(words, span));
}

function selectList(words: readonly Word[]): Span | undefined {
  const begin = words.findIndex(({ text }) => text !== "(");
  const isWith = words[begin]?.upper === "WITH";
  const select = isWith ? words.findIndex(({ upper, depth }) => upper === "SELECT" && depth === 0) : begin;
  const first = words[select];
  if (first?.upper !== "SELECT") return undefined;
  const from = skipQuantifier(words, select + 1);
  let to = from;
  while (to < words.length && words[to]?.text !== ")" && !endsList(words, to)) to = nextAfter(words, to);
  return { from, to };
}

/** The place behind this word, and behind its parentheses if it opens some. */
function nextAfter(words: readonly Word[], at: number): number {
  return words[at]?.text === "(" ? nextAt(words, at) + 1 : at + 1;
}

/** Behind ALL or DISTINCT, and TOP with all that belongs to it. */
function skipQuantifier(words: readonly Word[], begin: number): number {
  let at = begin;
  if (/^(ALL|DISTINCT)$/.test(words[at]?.upper ?? "")) at += 1;
  if (words[at]?.upper !== "TOP") return at;
  at = nextAfter(words, at + 1);
  if (words[at]?.upper === "PERCENT") at += 1;
  return words[at]?.upper === "WITH" && words[at + 1]?.upper === "TIES" ? at + 2 : at;
}

const clauses = /^(FROM|WHERE|GROUP|HAVING|ORDER|UNION|EXCEPT|INTERSECT|FOR|OPTION|INTO)$/;

/** `IS DISTINCT FROM` and `WITHIN GROUP` belong to an expression. */
function endsList(words: readonly Word[], at: number): boolean {
  const { upper = "" } = words[at] ?? {};
  if (!clauses.test(upper) || !isWord(words, at)) return false;
  const before = words[at - 1]?.upper;
  return !(upper === "FROM" && before === "DISTINCT") && !(upper === "GROUP" && before === "WITHIN");
}

function columnAt(words: readonly Word[], span: Span): Column {
  const { from, to } = span;
  const first = words[from];
  const last = words[to - 1];
  if (first === undefined || last === undefined || to <= from) return { kind: "unknown", span };
  const named = (word: Word): Column => ({ kind: "named", name: nameOf(word), span });
  if (isName(first) && words[from + 1]?.text === "=") return named(first);
  if (to - from === 1) return aloneColumn(first, span);
  const before = words[to - 2];
  if (isName(last) && before !== undefined) {
    if (before.upper === "AS" || isAlias(words, to - 1)) return named(last);
    if (before.text === "." && isPath(words, span)) return named(last);
  }
  return { kind: isSurelyUnnamed(words, span) ? "unnamed" : "unknown", span };
}

/** Functions without parentheses, and NULL. All are reserved words. */
const nameless = /^(NULL|CURRENT_TIMESTAMP|CURRENT_USER|SESSION_USER|SYSTEM_USER|USER)$/;

function aloneColumn(word: Word, span: Span): Column {
  if (word.kind === "quoted") return { kind: "named", name: nameOf(word), span };
  if (word.kind === "word" && /^[$@]/.test(word.text))
    return { kind: word.text.startsWith("@@") ? "unnamed" : "unknown", span };
  if (word.kind === "word" && !nameless.test(word.upper)) return { kind: "named", name: word.text, span };
  const isNumber = /^(0x[0-9a-f]*|\$?[0-9.]+(e[+-]?[0-9]+)?)$/i.test(word.text);
  const isNameless = word.kind === "word" || word.kind === "text" || word.kind === "parameter" || isNumber;
  return { kind: isNameless ? "unnamed" : "unknown", span };
}

function isName({ kind, upper }: Word): boolean {
  return kind === "quoted" || kind === "text" || (kind === "word" && upper !== "END");
}

/**
 * What has an operand right before it, which ends there: `a b`, `f(x) b`. Not so `a COLLATE b`, `a
 * AT TIME ZONE 'b'`.
 */
function isAlias(words: readonly Word[], at: number): boolean {
  const before = words[at - 1];
  return endsOperand(before) && !/^(COLLATE|ZONE|TIME|AT|OVER)$/.test(before?.upper ?? "");
}

/** `a.b`, `s.t.[c]`, `db..t.c` */
function isPath(words: readonly Word[], { from, to }: Span): boolean {
  const parts = words.slice(from, to);
  return parts.every(
    (word) => word.text === "." || (word.kind === "word" && !/^[$@]/.test(word.text)) || word.kind === "quoted",
  );
}

/**
 * It ends in a call, a CASE, a literal or a parameter, or joins two operands by a sign. What is
 * doubtful is not told: `(a)`, `+a`, `a COLLATE b`, `a.f().b`.
 */
function isSurelyUnnamed(words: readonly Word[], { from, to }: Span): boolean {
  const last = words[to - 1];
  const before = words[to - 2];
  if (last === undefined) return false;
  if (last.upper === "END" || last.kind === "parameter") return true;
  if (last.text === ")") return isUnnamedCall(words, { from, to });
  return (
    to - from > 2 && before !== undefined && isArithmetic(before) && endsOperand(words[to - 3]) && last.kind !== "sign"
  );
}

/** What ends in parentheses. Those around the whole add nothing to what is in them. */
function isUnnamedCall(words: readonly Word[], { from, to }: Span): boolean {
  const open = words[to - 1]?.partner ?? -1;
  if (open < from) return false;
  if (open > from) return words[open - 1]?.kind !== "sign" || endsOperand(words[open - 2]);
  const inner = { from: from + 1, to: to - 1 };
  while (words[inner.from]?.text === "(" && words[inner.from]?.partner === inner.to - 1) {
    inner.from += 1;
    inner.to -= 1;
  }
  return words[inner.from]?.upper === "SELECT" || columnAt(words, inner).kind === "unnamed";
}

function isArithmetic({ kind, text }: Word): boolean {
  return kind === "sign" && /^[-+*/%&|^]$/.test(text);
}

/** Without its quotes, as the server calls it. */
function nameOf({ kind, text }: Word): string {
  if (kind === "word") return text;
  const inner = text.replace(/^[nN]?['"[]/, "").slice(0, -1);
  const close = text.at(-1) ?? "";
  return inner.replaceAll(close + close, close);
}
