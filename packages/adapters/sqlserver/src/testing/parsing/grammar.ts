import { CharStreams, CommonTokenStream, type ParserRuleContext } from "antlr4ts";
import { TSqlLexer } from "antlr4ts-sql/dist/src/grammar-output/tsql/TSqlLexer.js";
import { TSqlParser } from "antlr4ts-sql/dist/src/grammar-output/tsql/TSqlParser.js";

export interface Word {
  /** As it was written. */
  readonly text: string;
  /** In capitals: keywords and names alike. */
  readonly upper: string;
  readonly kind: "variable" | "text" | "number" | "quoted" | "other";
}

export interface ParsedBatch {
  /** `line:column what the grammar says`; empty if it takes the text. */
  readonly errors: readonly string[];
  readonly words: readonly Word[];
  readonly tree: ParserRuleContext;
}

const kinds: ReadonlyMap<number, Word["kind"]> = new Map([
  [TSqlLexer.LOCAL_ID, "variable"],
  [TSqlLexer.STRING, "text"],
  [TSqlLexer.DECIMAL, "number"],
  [TSqlLexer.FLOAT, "number"],
  [TSqlLexer.SQUARE_BRACKET_ID, "quoted"],
  [TSqlLexer.DOUBLE_QUOTE_ID, "quoted"],
]);

/** `UPDATE(column)`, which asks inside a trigger whether a column was set: the one thing we say that the grammar does not know. */
const columnWasSet = /\bUPDATE\(\w+\)/g;

/** Parses one batch. The grammar knows keywords in capitals only; turning ASCII alone keeps every position. */
export function parseBatch(text: string): ParsedBatch {
  const errors: string[] = [];
  const listener = {
    syntaxError: (_recognizer: unknown, _symbol: unknown, line: number, column: number, message: string) => {
      errors.push(`${line}:${column} ${message.slice(0, 200)}`);
    },
  };
  const known = text.startsWith("CREATE TRIGGER")
    ? text.replace(columnWasSet, (call) => "(1 = 1)".padEnd(call.length))
    : text;
  const capitals = known.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  const lexer = new TSqlLexer(CharStreams.fromString(capitals));
  lexer.removeErrorListeners();
  lexer.addErrorListener(listener);
  const tokens = new CommonTokenStream(lexer);
  const parser = new TSqlParser(tokens);
  parser.removeErrorListeners();
  parser.addErrorListener(listener);
  const tree = parser.tsql_file();
  const words = tokens
    .getTokens()
    .filter(({ type, channel }) => type !== TSqlParser.EOF && channel === 0)
    .map(({ type, startIndex, stopIndex }) => ({
      text: text.slice(startIndex, stopIndex + 1),
      upper: capitals.slice(startIndex, stopIndex + 1),
      kind: kinds.get(type) ?? "other",
    }));
  return { errors, words, tree };
}
