import { SynclineError } from "@syncline/core/spi";
import { keysWord, oneWord } from "./dialect.ts";
import { type Token, tokensOf } from "./tokens.ts";

export type Expression =
  | { readonly kind: "column"; readonly name: string }
  | { readonly kind: "value"; readonly value: string | number | null }
  /** From 1. */
  | { readonly kind: "parameter"; readonly position: number }
  | { readonly kind: "key"; readonly field: string }
  | { readonly kind: "number-of"; readonly of: Expression };

export interface Select {
  readonly columns: readonly { readonly name: string; readonly expression: Expression }[];
  readonly table: string;
  /** All must hold. */
  readonly where: readonly (readonly [Expression, Expression])[];
  /**
   * How the rows are answered: for each of the keys in the first parameter (`set`), for one key
   * whose values are the parameters (`one`), or as they are.
   */
  readonly answer: "set" | "one" | "bare";
}

/**
 * The memory database's whole language:
 * `SELECT <expression> AS "name", … FROM <table> <alias> [WHERE <expression> = <expression> [AND …]]`, where an expression
 * is `<alias>.<column>`, a text, a number, NULL, a key or `NUMBER(<expression>)`. Errors: `query.invalid`.
 */
export function parseStatement(statement: string): Select {
  const reader = readerOf(tokensOf(statement));
  const answer = reader.skip(keysWord) ? "set" : reader.skip(oneWord) ? "one" : "bare";
  if (answer !== "bare") reader.take("(");
  const select = readSelect(reader);
  if (answer !== "bare") reader.take(")");
  reader.end();
  return { ...select, answer };
}

type Reader = ReturnType<typeof readerOf>;

function readSelect(reader: Reader): Omit<Select, "answer"> {
  reader.take("SELECT");
  const columns: Select["columns"][number][] = [];
  do {
    const expression = readExpression(reader);
    const named = reader.skip("AS") ? reader.name() : undefined;
    columns.push({ name: named ?? (expression.kind === "column" ? expression.name : "?"), expression });
  } while (reader.skip(","));
  reader.take("FROM");
  const table = reader.name();
  if (reader.peek()?.kind === "word" && reader.peek()?.text.toUpperCase() !== "WHERE") reader.name();
  const where: (readonly [Expression, Expression])[] = [];
  if (reader.skip("WHERE")) {
    do {
      const left = readExpression(reader);
      reader.take("=");
      where.push([left, readExpression(reader)]);
    } while (reader.skip("AND"));
  }
  return { columns, table, where };
}

function readExpression(reader: Reader): Expression {
  const token = reader.next();
  if (token.kind === "text") return { kind: "value", value: token.text };
  if (token.kind === "number") return { kind: "value", value: Number(token.text) };
  if (token.kind === "parameter") return { kind: "parameter", position: Number(token.text) };
  if (token.kind === "key") return { kind: "key", field: token.text };
  if (token.kind === "mark") throw unexpected(token);
  if (token.kind === "word" && token.text.toUpperCase() === "NULL") return { kind: "value", value: null };
  if (token.kind === "word" && token.text.toUpperCase() === "NUMBER" && reader.skip("(")) {
    const of = readExpression(reader);
    reader.take(")");
    return { kind: "number-of", of };
  }
  return { kind: "column", name: reader.skip(".") ? reader.name() : token.text };
}

function readerOf(tokens: readonly Token[]) {
  let at = 0;
  const peek = () => tokens[at];
  const is = (word: string) => {
    const token = peek();
    return (token?.kind === "word" || token?.kind === "mark") && token.text.toUpperCase() === word;
  };
  const next = (): Token => {
    const token = tokens[at++];
    if (token === undefined) throw new SynclineError("query.invalid", "The statement ends too early.");
    return token;
  };
  const skip = (word: string): boolean => {
    const found = is(word);
    if (found) at += 1;
    return found;
  };
  return {
    peek,
    next,
    skip,
    take: (word: string): void => {
      if (!skip(word)) throw unexpected(peek(), word);
    },
    name: (): string => {
      const token = next();
      if (token.kind !== "word" && token.kind !== "identifier") throw unexpected(token, "a name");
      return token.text;
    },
    end: (): void => {
      if (peek() !== undefined) throw unexpected(peek(), "the end");
    },
  };
}

function unexpected(token: Token | undefined, wanted = "an expression"): SynclineError {
  return new SynclineError("query.invalid", `There is "${token?.text ?? "the end"}" where ${wanted} should be.`);
}
