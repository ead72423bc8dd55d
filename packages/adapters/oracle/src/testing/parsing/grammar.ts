import { getParserFromInput, PlSqlLexer } from "@griffithswaite/ts-plsql-parser";
import { type Problem, problem } from "./problem.ts";
import { isPlsql } from "./statement-kind.ts";
import type { Word } from "./word.ts";

/** The parts that are used of what ANTLR's runtime makes, whose own types do not resolve under Node's rules. */
interface Token {
  readonly type: number;
  readonly channel: number;
  readonly start: number;
  readonly stop: number;
}

interface Recognizer {
  removeErrorListeners(): void;
  addErrorListener(listener: object): void;
}

interface GrammarParser extends Recognizer {
  readonly _input: { readonly tokens: readonly Token[]; readonly tokenSource: Recognizer; fill(): void };
  readonly _interp: { predictionMode: number };
  sql_script(): unknown;
}

/** ANTLR's faster way to choose between rules. What it takes is right; what it refuses is looked at again in full. */
const prediction = { fast: 0, full: 1 };
const invalidSql = 900;
const invalidPlsql = 6550;

const kinds: ReadonlyMap<number, Word["kind"]> = new Map([
  [PlSqlLexer.CHAR_STRING, "text"],
  [PlSqlLexer.NATIONAL_CHAR_STRING_LIT, "text"],
  [PlSqlLexer.UNSIGNED_INTEGER, "number"],
  [PlSqlLexer.APPROXIMATE_NUM_LIT, "number"],
  [PlSqlLexer.DELIMITED_ID, "quoted"],
  [PlSqlLexer.BINDVAR, "bind"],
]);

/** What the grammar lacks: clauses that JSON_VALUE has had since 12.1 and JSON_SERIALIZE since it is there (19c). */
const unknownToGrammar =
  /(?<=\bJSON_(?:VALUE|SERIALIZE)\([^()]*) RETURNING (?:NUMBER ERROR ON ERROR|CLOB ASCII)(?=\))/g;
/** And a number for a parameter of the session. */
const numericParameter = /(?<=^ALTER SESSION SET .*) DDL_LOCK_TIMEOUT = \d+/;

/** What the grammar refuses of a statement or block as it is sent. Slow: seconds for the first ones, while it learns. */
export function grammarProblems(text: string): readonly Problem[] {
  // A script needs the ends of statements, which a text that is sent does not have.
  const known = text.replaceAll(unknownToGrammar, "").replace(numericParameter, "");
  const script = `${known}\n${isPlsql(text) ? "/" : ";"}`;
  return parse(script, prediction.fast).length === 0 ? [] : parse(script, prediction.full);
}

function parse(script: string, mode: number): readonly Problem[] {
  const { parser, problems } = parserOf(script);
  parser._interp.predictionMode = mode;
  parser.sql_script();
  return problems;
}

/** Only cut into words, not parsed. */
export function wordsOf(text: string): readonly Word[] {
  const { parser } = parserOf(text);
  parser._input.fill();
  let depth = 0;
  return parser._input.tokens
    .filter(({ type, channel }) => type !== PlSqlLexer.EOF && channel === 0)
    .map(({ type, start, stop }) => {
      const written = text.slice(start, stop + 1);
      if (written === ")") depth -= 1;
      const kind = kinds.get(type) ?? "other";
      const word = { text: written, upper: written.toUpperCase(), kind, depth, offset: start };
      if (written === "(") depth += 1;
      return word;
    });
}

function parserOf(script: string) {
  const problems: Problem[] = [];
  const number = isPlsql(script) ? invalidPlsql : invalidSql;
  const listener = {
    syntaxError: (_recognizer: unknown, symbol: Token | null, _line: number, column: number, message: string) => {
      problems.push(problem(number, message.slice(0, 120), symbol?.start ?? column));
    },
    reportAmbiguity() {},
    reportAttemptingFullContext() {},
    reportContextSensitivity() {},
  };
  const parser = getParserFromInput(script) as unknown as GrammarParser;
  for (const recognizer of [parser, parser._input.tokenSource]) {
    recognizer.removeErrorListeners();
    recognizer.addErrorListener(listener);
  }
  return { parser, problems };
}
