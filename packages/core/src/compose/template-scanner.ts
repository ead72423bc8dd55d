import type { LexicalRules } from "../contracts/sql-dialect.ts";
import { isExecutable, opaquePieceAt, wordEnd } from "./lexer.ts";
import { createPositions, type SourcePosition } from "./source-position.ts";

/** Joined in order, the segments' texts are the template, character by character. */
export type TemplateSegment =
  | { readonly kind: "text"; readonly text: string }
  /** `:orderId` */
  | { readonly kind: "parameter"; readonly text: string; readonly name: string; readonly position: SourcePosition }
  /** The closing semicolon and what follows it, which is no part of a composed statement. */
  | { readonly kind: "trailer"; readonly text: string };

export interface TemplateProblem {
  readonly position: SourcePosition;
  /** One sentence. */
  readonly message: string;
}

export interface ScannedTemplate {
  readonly segments: readonly TemplateSegment[];
  readonly problems: readonly TemplateProblem[];
}

/**
 * Finds a template's named parameters: those outside of strings, quoted identifiers and comments, in the dialect's
 * lexical rules. Linear in the text, never throws.
 *
 * In brackets, `a[low:high]` is a slice: a colon right after a word, a quote or a closing bracket begins no parameter.
 * A digit after a colon never does.
 */
export function scanTemplate(text: string, lexical: LexicalRules): ScannedTemplate {
  const scan = new TemplateScan(text, lexical);
  scan.run();
  return { segments: scan.segments, problems: scan.problems };
}

/** What may begin a template, apart from opening parentheses. */
const verbs: ReadonlySet<string> = new Set(["SELECT", "WITH", "VALUES"]);

class TemplateScan {
  readonly segments: TemplateSegment[] = [];
  readonly problems: TemplateProblem[] = [];
  readonly #text: string;
  readonly #lexical: LexicalRules;
  readonly #positionOf: (offset: number) => SourcePosition;
  readonly #bracketsIndex: boolean;
  #index = 0;
  /** Where the text segment that is being read began. */
  #pending = 0;
  #begun = false;
  #brackets = 0;
  readonly #openParentheses: number[] = [];
  #trailer: number | undefined;
  #secondStatement = false;

  constructor(text: string, lexical: LexicalRules) {
    this.#text = text;
    this.#lexical = lexical;
    this.#positionOf = createPositions(text);
    this.#bracketsIndex = !lexical.identifierQuotes.some(([open]) => open === "[");
  }

  run(): void {
    while (this.#index < this.#text.length) this.#step();
    this.#flush(this.#trailer === undefined ? "text" : "trailer", this.#text.length);
    const unclosed = this.#openParentheses.at(-1);
    if (unclosed !== undefined) this.#problem(unclosed, "This parenthesis is never closed.");
    if (!this.#begun) this.#problem(0, "The query is empty; it must be one SELECT.");
  }

  #step(): void {
    const start = this.#index;
    const char = this.#text[start] ?? "";
    const piece = opaquePieceAt(this.#text, start, this.#lexical);
    if (piece !== undefined) {
      if (!piece.closed) this.#problem(start, `This ${piece.kind} is never closed.`);
      if (piece.kind !== "comment") this.#token(start, start);
      else if (isExecutable(this.#text, start, this.#lexical))
        this.#problem(start, "The server runs what is in this comment; the query must be one SELECT as it is read.");
      this.#index = piece.end;
      return;
    }
    const end = wordEnd(this.#text, start);
    if (end > start) {
      this.#token(start, end);
      this.#index = end;
    } else if (char === ":") {
      this.#token(start, start);
      this.#colon(start);
    } else if (/\s/.test(char)) {
      this.#index = start + 1;
    } else {
      if (char !== ";" && !(char === "(" && !this.#begun)) this.#token(start, start);
      this.#punctuation(char, start);
    }
  }

  /** Something that is neither white space nor comment; a word if it has an end. */
  #token(start: number, end: number): void {
    if (this.#trailer !== undefined) {
      if (!this.#secondStatement) this.#problem(start, "A second statement begins here; the query must be one SELECT.");
      this.#secondStatement = true;
    } else if (!this.#begun) {
      this.#begun = true;
      const word = this.#text.slice(start, end);
      if (!verbs.has(word.toUpperCase())) {
        const found = word === "" ? "" : `, not ${word.slice(0, 40)}`;
        this.#problem(start, `The query must be one statement that begins with SELECT, WITH or VALUES${found}.`);
      }
    }
  }

  #punctuation(char: string, start: number): void {
    this.#index = start + 1;
    if (char === "(") {
      this.#openParentheses.push(start);
    } else if (char === ")") {
      // An unbalanced template could close the parenthesis that the composed statement puts around it.
      if (this.#openParentheses.pop() === undefined) this.#problem(start, "This parenthesis closes nothing.");
    } else if (char === "[" && this.#bracketsIndex) {
      this.#brackets += 1;
    } else if (char === "]" && this.#brackets > 0) {
      this.#brackets -= 1;
    } else if (char === ";" && this.#trailer === undefined) {
      this.#flush("text", start);
      this.#trailer = start;
    } else {
      this.#nativeParameter(char, start);
    }
  }

  #nativeParameter(char: string, start: number): void {
    const native = this.#lexical.nativeParameter;
    const next = this.#text[start + 1] ?? "";
    const isNative =
      (native === "?" && char === "?") ||
      (native === "$1" && char === "$" && /[0-9]/.test(next)) ||
      (native === "@name" && char === "@" && /[A-Za-z0-9_]/.test(next) && this.#text[start - 1] !== "@");
    if (isNative) this.#problem(start, `Write parameters by name, as ":field", not as "${char}${next.trim()}".`);
  }

  #colon(start: number): void {
    const next = this.#text[start + 1] ?? "";
    this.#index = start + 1;
    if ((next === ":" && this.#lexical.doubleColonCast) || next === "=") {
      this.#index = start + 2;
    } else if (/[0-9]/.test(next)) {
      if (this.#lexical.nativeParameter === ":1") {
        this.#problem(start, `Write parameters by name, as ":field", not as ":${next}".`);
      }
    } else {
      const end = wordEnd(this.#text, start + 1);
      if (end > start + 1) this.#namedParameter(start, end);
    }
  }

  #namedParameter(start: number, end: number): void {
    this.#index = end;
    const glued = start > 0 && /[A-Za-z0-9_$"'`)\]\u0080-\uffff]/.test(this.#text[start - 1] ?? "");
    if (glued && this.#brackets > 0) return;
    const text = this.#text.slice(start, end);
    if (glued) {
      this.#problem(start, `Put a space before "${text.slice(0, 40)}" if it is a parameter, after its colon if not.`);
    } else if (!/^:[A-Za-z_][A-Za-z0-9_]*$/.test(text)) {
      this.#problem(start, `"${text.slice(0, 40)}" is no parameter: names have letters, digits and _ only.`);
    } else if (this.#trailer === undefined) {
      this.#flush("text", start);
      this.segments.push({ kind: "parameter", text, name: text.slice(1), position: this.#positionOf(start) });
      this.#pending = end;
    }
  }

  /** Ends the segment that is being read. */
  #flush(kind: "text" | "trailer", end: number): void {
    if (end > this.#pending) this.segments.push({ kind, text: this.#text.slice(this.#pending, end) });
    this.#pending = end;
  }

  #problem(offset: number, message: string): void {
    this.problems.push({ position: this.#positionOf(offset), message });
  }
}
