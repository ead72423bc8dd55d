import { serverSentence, wordlessCause } from "@syncline/core/adapter-kit";
import type { LocateInTemplate } from "@syncline/core/spi";
import { conditionNames } from "./condition-names.ts";

/** How much of a server's answer to a strategy's statement is told. */
export interface QueryWords {
  /** `query.serverMessages`: the server's words, whatever they quote. Default false. */
  readonly serverMessages?: boolean | undefined;
  /** The statement as it was sent: where the template begins in it, and whose places these are. */
  readonly sent?: { readonly text: string; readonly prefix: number; readonly locate: LocateInTemplate } | undefined;
}

interface Answer {
  readonly error: unknown;
  readonly state: string;
  readonly message: string;
  readonly advice: string | undefined;
  readonly codes: { readonly [name: string]: string };
}

/** The sentence and the cause of an error that a strategy's statement was answered with. */
export function queryAnswer(
  { error, state, message, advice, codes }: Answer,
  { serverMessages = false, sent }: QueryWords,
): { readonly sentence: string; readonly cause: Error } {
  const answer = { server: "PostgreSQL", number: `SQLSTATE ${state}` };
  const place = sent === undefined ? undefined : placeOf(error, sent);
  const isShown = serverMessages || isOfText(error);
  const sentence = serverSentence({
    ...answer,
    condition: conditionNames.get(state),
    place,
    words: message,
    isShown,
    advice,
  });
  return { sentence, cause: wordlessCause(answer, codes) };
}

/** The server's sources that read a statement's text, and none of its values. */
const parsing = /^(?:parse_\w+\.c|analyze\.c|scan\.l|gram\.y)$/;
/** Those whose words name what the statement reads, and nothing else: rights on it, row security. */
const naming = /^(?:aclchk|rls)\.c$/;

/**
 * Whether the server can have these words of nothing but the statement's own text: its parser said
 * them, of a place in that text. The state alone proves nothing: a function can raise any, and
 * `quote_ident(note)::regclass` fails with 42P01 as a table that is missing does. What runs inside
 * of a statement has a context, and so has a type's name that is parsed as a value.
 */
function isOfText(error: unknown): boolean {
  if (fieldOf(error, "where") !== undefined || fieldOf(error, "internalQuery") !== undefined) return false;
  const file = baseName(fieldOf(error, "file"));
  return naming.test(file) || (parsing.test(file) && fieldOf(error, "position") !== undefined);
}

/** Some builds say the whole path. */
function baseName(file: string | undefined): string {
  return file?.slice(file.lastIndexOf("/") + 1) ?? "";
}

/** The server counts characters from 1. A place of a query inside of a function is none of the template's. */
function placeOf(error: unknown, { text, prefix, locate }: NonNullable<QueryWords["sent"]>) {
  const position = Number(fieldOf(error, "position") ?? Number.NaN);
  if (!Number.isSafeInteger(position) || position < 1 || fieldOf(error, "internalQuery") !== undefined)
    return undefined;
  let offset = 0;
  let left = position - 1;
  for (const character of text) {
    if (left === 0) return locate(offset - prefix);
    offset += character.length;
    left -= 1;
  }
  return undefined;
}

function fieldOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
