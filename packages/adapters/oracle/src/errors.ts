import { serverSentence, visibleText, wordlessCause } from "@syncline/core/adapter-kit";
import { type ErrorCode, isSynclineError, SynclineError } from "@syncline/core/spi";
import { type Meaning, meaningOf } from "./error-table.ts";

/**
 * Whose statement failed: ours, or one that somebody wrote into a strategy. That one is `described`
 * while the server only parses it, and can have words of nothing but its text.
 */
export type StatementOrigin = "own" | "described" | "query";

export interface WordsShown {
  /** What the server says of a strategy's query that ran is kept, though it may quote rows. */
  readonly serverMessages?: boolean;
}

const notMigrated = "Are the tables there? Run migrate().";

/**
 * The one place where what `oracledb` and the server throw becomes a `SynclineError`. What is one
 * already stays as it is. Of a strategy's query neither message nor cause has words that may quote
 * a row: a parse error's neither, where the query ran, since functions parse what rows hold
 * (`DBMS_XMLGEN.GETXML`, `EXECUTE IMMEDIATE`).
 *
 * A server's error that no table knows is the strategy's fault where it answers a strategy's
 * statement (`query.invalid`): each release has new numbers, and what looked like a failing
 * database would be tried for ever.
 */
export function translateError(error: unknown, origin: StatementOrigin = "own", shown: WordsShown = {}): SynclineError {
  if (isSynclineError(error)) return error;
  const native = nativeCodeOf(error);
  const meaning = native === undefined ? undefined : innerMeaning(error, native);
  const code = codeOf(meaning, native, origin);
  const advice = meaning?.advice ?? (code === "database.schema" ? notMigrated : undefined);
  const words = withoutHelpLinks(messageOf(error));
  if (origin === "own") {
    const message = visibleText(`Oracle: ${words}`, mostWords);
    const needsPerson = meaning?.needsPerson === true;
    const toDo = needsPerson ? `Somebody has to mend this. ${advice}` : advice;
    return new SynclineError(code, toDo === undefined ? message : `${message} ${toDo}`, { cause: error, needsPerson });
  }
  if (native === undefined) {
    const message = `Oracle's driver threw a ${error instanceof Error ? error.name : typeof error}.`;
    return new SynclineError(code, message, { cause: wordlessCause({ server: "Oracle", number: "the driver" }, {}) });
  }
  const ofConnection = isOfTheConnection(native, meaning);
  // The driver's own line, without the server's beneath it.
  const kept = ofConnection ? (messageOf(error).split("\n")[0] ?? "") : words;
  const answer = { server: "Oracle", number: native, condition: conditionOf(native), words: kept, advice };
  const isShown = origin === "described" || shown.serverMessages === true || ofConnection;
  return new SynclineError(code, serverSentence({ ...answer, isShown }), {
    cause: wordlessCause(answer, { code: native }),
  });
}

const mostWords = 2_000;

function codeOf(meaning: Meaning | undefined, native: string | undefined, origin: StatementOrigin): ErrorCode {
  const known = meaning?.[origin === "own" ? "own" : "query"];
  return known ?? (origin !== "own" && native?.startsWith("ORA-") ? "query.invalid" : "database.failed");
}

/** What the driver says of the network, of a login, of a time limit. */
function isOfTheConnection(native: string, meaning: Meaning | undefined): boolean {
  return (
    !native.startsWith("ORA-") && (meaning?.query === "database.unavailable" || meaning?.query === "query.timeout")
  );
}

/** In our words, for numbers whose own words are not kept. */
const conditions: ReadonlyMap<string, string> = new Map([
  ["ORA-00001", "a key twice"],
  ["ORA-01013", "cancelled"],
  ["ORA-01400", "NULL where a value belongs"],
  ["ORA-01427", "a sub-query yields several rows where one belongs"],
  ["ORA-01438", "a number is too large for its type"],
  ["ORA-01456", "a read-only transaction"],
  ["ORA-01476", "division by zero"],
  ["ORA-01555", "the snapshot is too old"],
  ["ORA-01722", "a text is no number"],
  ["ORA-01830", "a text is no date or time"],
  ["ORA-01858", "a text is no date or time"],
  ["ORA-01861", "a text is no date or time"],
  ["ORA-06502", "a value does not fit"],
  ["ORA-12899", "a text is too long"],
  ["ORA-14551", "a function writes"],
  ["ORA-40441", "a text is no JSON"],
]);

function conditionOf(native: string): string | undefined {
  return conditions.get(native);
}

/**
 * Whether the server has refused a strategy's statement for what it says, and not for want of time
 * or of a connection.
 */
export function refusesStatement(error: unknown): boolean {
  return isSynclineError(error) && /^query\.(invalid|data|refused)$/.test(error.code);
}

/** `ORA-00942` or `NJS-500`; `undefined` if neither the server nor the driver said it. */
export function nativeCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string" && /^(ORA|NJS|DPI)-\d+$/.test(error.code)) return error.code;
  if ("errorNum" in error && typeof error.errorNum === "number" && error.errorNum > 0)
    return `ORA-${String(error.errorNum).padStart(5, "0")}`;
  return /\b(?:ORA|NJS|DPI)-\d{3,5}\b/.exec(messageOf(error))?.[0];
}

/** Whether the connection is of no more use: gone, silent, or in an unknown state. */
export function breaksConnection(error: unknown): boolean {
  if (isSynclineError(error)) return error.code === "database.unavailable";
  const native = nativeCodeOf(error);
  if (native === undefined) return true;
  // A cancelled or timed-out call leaves the connection usable, but what was sent to end it may still be on its way.
  if (native === "ORA-01013" || native === "NJS-123") return true;
  return meaningOf(native)?.own === "database.unavailable";
}

/**
 * Of a block that does not compile, a trigger that fails, a parallel server, the server's own
 * recursive SQL: the reason is in the lines that follow.
 */
const wrappers: ReadonlySet<string> = new Set(["ORA-06550", "ORA-04088", "ORA-12801", "ORA-00604"]);

function innerMeaning(error: unknown, native: string): Meaning | undefined {
  if (!wrappers.has(native)) return meaningOf(native);
  const inner = /\n(?:PL\/SQL: )?((?:ORA|PLS)-\d{5})/.exec(messageOf(error))?.[1];
  return (inner === undefined ? undefined : meaningOf(inner)) ?? meaningOf(native);
}

function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  return "message" in error && typeof error.message === "string" && error.message !== ""
    ? error.message
    : "unknown error";
}

/** Servers from 23ai on, and the driver, end their messages with a link on a line of its own. */
function withoutHelpLinks(message: string): string {
  return message
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^Help: https?:/.test(line))
    .join(" ");
}
