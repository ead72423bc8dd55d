import type { TemplatePlace } from "../contracts/query-runner.ts";
import { visibleText } from "../model/visible-text.ts";

/** What a database server answered to a strategy's statement. */
export interface ServerAnswer {
  /** `PostgreSQL`. */
  readonly server: string;
  /** As the server's manual writes it: `SQLSTATE 22P02`, `error 245`, `ORA-01722`. */
  readonly number: string;
  /**
   * The name that the manual gives to that number: `invalid_text_representation`. From a table of
   * the adapter's own.
   */
  readonly condition?: string | undefined;
  /**
   * Where in the template: from `Statement.locate`, and only where the server's position is known
   * to be right.
   */
  readonly place?: TemplatePlace | undefined;
  /** The server's own words. */
  readonly words: string;
  /**
   * Whether they are kept. Words about a read that ran may quote rows: only with `query: {
   * serverMessages: true }`. Words that the server can have of nothing but the template's text are
   * kept always.
   */
  readonly isShown: boolean;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/** Servers' messages are short; one that quotes a row may be as long as the row. */
const mostCharacters = 1_000;

/** A sentence for logs, dead letters and health: without the server's words, what it answered and where. */
export function serverSentence(answer: ServerAnswer): string {
  const { server, number, condition, place, words, isShown, advice } = answer;
  const known = [number, condition, place === undefined ? undefined : `query:${place.line}:${place.column}`];
  const where = known.filter((part) => part !== undefined).join(", ");
  const sentence = isShown
    ? `${server}: ${visibleText(words.trim().replace(/\.$/, ""), mostCharacters)} (${where})`
    : `${server} answers with an error (${where}), whose words are not kept since they may quote rows: query.serverMessages`;
  return advice === undefined ? sentence : `${sentence}. ${advice}`;
}

/**
 * What stands in for the driver's error as the `cause` of ours: loggers print causes, and the
 * driver's has the server's words in its message, its stack and its fields. `codes` are what the
 * adapter asks of it again, such as `{ code: "22P02" }`.
 */
export function wordlessCause(
  answer: Pick<ServerAnswer, "server" | "number">,
  codes: { readonly [name: string]: string | number },
): Error {
  return Object.assign(new Error(`${answer.server}: ${answer.number}`), codes);
}
