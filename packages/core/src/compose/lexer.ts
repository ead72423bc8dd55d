import type { LexicalRules } from "../contracts/sql-dialect.ts";

/** A piece of SQL in which nothing means anything: a string, a quoted identifier, a comment. */
export interface OpaquePiece {
  readonly kind: "string" | "quoted identifier" | "comment";
  /** The offset after it: the text's length if it is not closed. */
  readonly end: number;
  readonly closed: boolean;
}

/** The string, quoted identifier or comment that begins at `start`, which must be the start of a token. */
export function opaquePieceAt(text: string, start: number, rules: LexicalRules): OpaquePiece | undefined {
  const char = text[start];
  const next = text[start + 1];
  if (char === "-" && next === "-" && beginsComment(text, start + 2, rules)) return lineComment(text, start);
  if (char === "#" && rules.hashComments === true) return lineComment(text, start);
  if (char === "/" && next === "*") return blockComment(text, start, rules.nestedComments);
  if (char === "'" || (char === '"' && rules.doubleQuotedStrings === true)) {
    return rules.backslashEscapes === true
      ? escapedUntil(text, start + 1, char)
      : doubledQuoteString(text, start, "string", char);
  }
  for (const [open, close] of rules.identifierQuotes) {
    if (char === open) return doubledQuoteString(text, start, "quoted identifier", close);
  }
  if (char === "$" && rules.dollarQuotes) return dollarString(text, start);
  const prefix = rules.escapeStringPrefix;
  if (prefix !== undefined && hasPrefix(text, start, prefix)) return escapeString(text, start + prefix.length);
  if (rules.alternativeQuotes) {
    if (hasPrefix(text, start, "q")) return alternativeString(text, start + 1);
    if (hasPrefix(text, start, "nq")) return alternativeString(text, start + 2);
  }
  return undefined;
}

function hasPrefix(text: string, start: number, prefix: string): boolean {
  const end = start + prefix.length;
  return text[end] === "'" && text.slice(start, end).toLowerCase() === prefix.toLowerCase();
}

/** In MySQL `5--1` is 6. */
function beginsComment(text: string, afterDashes: number, rules: LexicalRules): boolean {
  const next = text[afterDashes];
  return rules.hashComments !== true || next === undefined || next <= " ";
}

/** Whether the comment that begins at `start` is run all the same: MySQL's, and MariaDB's own. */
export function isExecutable(text: string, start: number, rules: LexicalRules): boolean {
  return rules.executableComments === true && /^\/\*M?!/.test(text.slice(start, start + 4));
}

function lineComment(text: string, start: number): OpaquePiece {
  lineEnd.lastIndex = start;
  const end = lineEnd.exec(text)?.index ?? text.length;
  return { kind: "comment", end, closed: true };
}

const lineEnd = /[\r\n]/g;

function blockComment(text: string, start: number, nested: boolean): OpaquePiece {
  let depth = 1;
  commentMark.lastIndex = start + 2;
  for (let mark = commentMark.exec(text); mark !== null; mark = commentMark.exec(text)) {
    if (mark[0] === "*/") depth -= 1;
    else if (nested) depth += 1;
    // In "/*/" of a comment that does not nest, the "/*" must not swallow the star of a "*/".
    else commentMark.lastIndex -= 1;
    if (depth === 0) return { kind: "comment", end: commentMark.lastIndex, closed: true };
  }
  return { kind: "comment", end: text.length, closed: false };
}

const commentMark = /\/\*|\*\//g;

function doubledQuoteString(text: string, start: number, kind: OpaquePiece["kind"], close: string): OpaquePiece {
  let from = start + 1;
  for (;;) {
    const found = text.indexOf(close, from);
    if (found < 0) return { kind, end: text.length, closed: false };
    if (text[found + 1] !== close) return { kind, end: found + 1, closed: true };
    from = found + 2;
  }
}

/** A string in which a backslash escapes, and the quote doubled stands for itself. */
function escapedUntil(text: string, from: number, quote: string): OpaquePiece {
  for (let index = from; index < text.length; index++) {
    if (text[index] === "\\") index += 1;
    else if (text[index] === quote) {
      if (text[index + 1] !== quote) return { kind: "string", end: index + 1, closed: true };
      index += 1;
    }
  }
  return { kind: "string", end: text.length, closed: false };
}

/** A string in which a backslash escapes; `quote` is the offset of its opening quote. */
function escapeString(text: string, quote: number): OpaquePiece {
  let index = quote + 1;
  while (index < text.length) {
    const char = text[index];
    if (char === "\\") {
      index += 2;
    } else if (char !== "'") {
      index += 1;
    } else if (text[index + 1] === "'") {
      index += 2;
    } else {
      const continued = continuedString(text, index + 1);
      if (continued === undefined) return { kind: "string", end: index + 1, closed: true };
      index = continued;
    }
  }
  return { kind: "string", end: text.length, closed: false };
}

/**
 * SQL joins strings with nothing but white space and a line break between them, and the second has the escapes of the
 * first: in `E'a' ⏎ 'b\''` the backslash escapes. Returns the offset after the second opening quote.
 */
function continuedString(text: string, start: number): number | undefined {
  let broken = false;
  let index = start;
  for (;;) {
    const char = text[index];
    if (char === "\n" || char === "\r") broken = true;
    if (char !== undefined && /[ \t\n\r\f\v]/.test(char)) index += 1;
    else if (char === "-" && text[index + 1] === "-") index = lineComment(text, index).end;
    else return broken && char === "'" ? index + 1 : undefined;
  }
}

function dollarString(text: string, start: number): OpaquePiece | undefined {
  dollarTag.lastIndex = start;
  const tag = dollarTag.exec(text)?.[0];
  if (tag === undefined) return undefined;
  const found = text.indexOf(tag, start + tag.length);
  if (found < 0) return { kind: "string", end: text.length, closed: false };
  return { kind: "string", end: found + tag.length, closed: true };
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/** `quote` is the offset of the quote after the `q`. */
function alternativeString(text: string, quote: number): OpaquePiece {
  const open = text[quote + 1] ?? "";
  const found = text.indexOf(`${closers.get(open) ?? open}'`, quote + 2);
  if (open === "" || found < 0) return { kind: "string", end: text.length, closed: false };
  return { kind: "string", end: found + 2, closed: true };
}

const closers: ReadonlyMap<string, string> = new Map([
  ["[", "]"],
  ["(", ")"],
  ["{", "}"],
  ["<", ">"],
]);

/** Where the word (an identifier or keyword) or number that begins at `start` ends; `start` if none does. */
export function wordEnd(text: string, start: number): number {
  word.lastIndex = start;
  return word.test(text) ? word.lastIndex : start;
}

// A number takes no dollar sign along, so that `1$1` still shows its parameter.
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*|[0-9][A-Za-z0-9_\u0080-\uffff]*/y;
