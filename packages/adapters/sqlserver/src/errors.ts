import { serverSentence, visibleText, wordlessCause } from "@syncline/core/adapter-kit";
import { type ErrorCode, isSynclineError, SynclineError } from "@syncline/core/spi";
import { conditionOf, quotesTemplateAlone } from "./server-words.ts";
import { replicaRefusal } from "./sql/read-batch.ts";

/** Whose statement failed: ours, or one that somebody wrote into a strategy. */
export type StatementOrigin = "own" | "query";

export interface WordsShown {
  /** What the server says of a strategy's query that ran is kept, though it may quote rows. */
  readonly serverMessages?: boolean;
}

interface Meaning {
  readonly own: ErrorCode;
  readonly query: ErrorCode;
  /** What to do about it, when the server's own words don't say. */
  readonly advice?: string;
  /** Of ours: it does not pass by itself. */
  readonly needsPerson?: boolean;
}

const same = (code: ErrorCode, advice?: string): Meaning => either(code, code, advice);
const either = (own: ErrorCode, query: ErrorCode, advice?: string): Meaning =>
  advice === undefined ? { own, query } : { own, query, advice };

const notMigrated = "Is the schema migrated? Run migrate().";
const allowSnapshots =
  "ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON, or give the option snapshotReads: false, which reads one statement at a time.";
const readsReplica =
  "A secondary replica may be behind what the claim saw: read from the primary, or accept that living rows may be told as " +
  "deleted with query: { mayLag: true }.";
const sameCollation = "Write the key field as :field COLLATE …, with the column's collation.";
const noOpenJson = /object name '(\w+\.)?OPENJSON'/i;
const openJsonAdvice = "OPENJSON needs SQL Server 2016 and a database of compatibility level 130 or above.";

const unavailable = same("database.unavailable");
/** The login is refused until somebody has mended this. */
const refused = (advice: string): Meaning => ({ ...same("database.unavailable", advice), needsPerson: true });
const busy = same("database.busy");
const wrong = either("database.failed", "query.invalid");
const badValue = either("database.failed", "query.data");
const noSuchThing = either("database.schema", "query.invalid");
const noRight = either("database.failed", "query.invalid", "Grant the login what it needs.");
const writes = either("database.failed", "query.refused");

/** By the server's number (sys.messages). What is not here is `database.failed`, or of a strategy's query `query.invalid`. */
const byNumber: ReadonlyMap<number, Meaning> = new Map([
  // The connection, the server, the login.
  ...[
    64, 121, 233, 596, 601, 617, 921, 922, 927, 941, 945, 952, 955, 976, 978, 979, 982, 983, 988, 997, 3906, 4221, 6005,
    10053, 10054, 10060, 10922, 10928, 10929, 10936, 11001, 17142, 17148, 17809, 18401, 40544,
  ].map((number) => [number, unavailable] as const),
  ...[40143, 40197, 40501, 40540, 40613, 42108, 42109, 49918, 49919, 49920].map(
    (number) => [number, unavailable] as const,
  ),
  ...[18451, 18452, 18456, 18470, 18486, 18487, 18488].map(
    (number) => [number, refused("Check the login and its password.")] as const,
  ),
  ...[4060, 4064].map(
    (number) => [number, refused("Check the database's name, and the login's right to CONNECT.")] as const,
  ),
  [
    916,
    {
      ...either("database.unavailable", "query.invalid", "The login needs a user in that database."),
      needsPerson: true,
    },
  ],
  ...[924, 18461].map((number) => [number, refused("It is in single-user mode: somebody else is inside.")] as const),
  [942, refused("ALTER DATABASE … SET ONLINE.")],
  [17892, refused("A logon trigger refuses the login.")],
  ...[40532, 40615, 40914, 47073].map(
    (number) => [number, refused("Check the server's name and its firewall.")] as const,
  ),
  // Somebody else is in the way, or resources are short: the same call may succeed later.
  ...[
    669, 701, 802, 844, 845, 846, 847, 1101, 1105, 1203, 1204, 1205, 1221, 1222, 1807, 2801, 3935, 3958, 3959, 3960,
    3966, 3967, 8628, 8645, 8651, 9002, 9515, 41301, 41302, 41305, 41325, 41839,
  ].map((number) => [number, busy] as const),
  [replicaRefusal, same("query.refused", readsReplica)],
  [3952, same("database.failed", allowSnapshots)],
  [3961, busy],
  // Names and rights.
  [207, noSuchThing],
  [208, noSuchThing],
  [2812, noSuchThing],
  [4902, noSuchThing],
  ...[229, 230, 262, 297, 300, 2760, 15247].map((number) => [number, noRight] as const),
  // The text of a query.
  ...[
    102, 103, 104, 105, 107, 109, 113, 116, 130, 145, 147, 156, 195, 205, 209, 319, 402, 1011, 1033, 1038, 4104, 4121,
  ].map((number) => [number, wrong] as const),
  ...[137, 201, 206, 8116, 8117, 8120, 8144, 8155, 8156, 8158, 11514].map((number) => [number, wrong] as const),
  [468, either("database.failed", "query.invalid", sameCollation)],
  // A value.
  ...[220, 232, 235, 236, 240, 241, 242, 244, 245, 248, 257, 295, 512, 515, 517, 529, 535, 537].map(
    (number) => [number, badValue] as const,
  ),
  ...[547, 2601, 2627, 2628, 6522, 8114, 8115, 8134, 8152, 8169, 9818, 9819, 9820, 13608, 13609, 50000].map(
    (number) => [number, badValue] as const,
  ),
  // A query that tries to write.
  ...[266, 3609, 3621, 3902, 3903, 3915, 3930, 3998].map((number) => [number, writes] as const),
  [
    1934,
    same(
      "database.failed",
      "Filtered indexes need the session settings that the driver sets by default: leave them as they are.",
    ),
  ],
  [650, same("database.failed", "The transaction must not be SNAPSHOT or SERIALIZABLE.")],
  [3701, noSuchThing],
]);

/** By the driver's code, or that of Node's network errors. */
const byCode: ReadonlyMap<string, Meaning> = new Map([
  ["ELOGIN", refused("Check the login and its password.")],
  ["ETIMEOUT", either("database.busy", "query.timeout")],
  ["ECANCEL", same("operation.aborted")],
  ["EABORT", same("database.busy", "The server has ended the transaction.")],
  ["EREQINPROG", same("recorder.connection", "A transaction runs one statement at a time: await the one before.")],
  ["ENOTBEGUN", same("recorder.connection", "Record in a transaction that has begun, and has not ended.")],
  ...[
    "ESOCKET",
    "ECONNCLOSED",
    "ENOTOPEN",
    "ENOCONN",
    "EINVALIDSTATE",
    "EINSTLOOKUP",
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
  ].map((code) => [code, unavailable] as const),
]);

/** What has neither number nor code. */
const byMessage: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [/acquire a connection from the pool|acquiring connection/i, unavailable],
  [
    /connection (ended|is clos|was clos|lost)|socket hang up|No event '\w+' in state|Pool is (closed|destroyed)/i,
    unavailable,
  ],
  // Under TLS, what the driver says when the server has closed the connection in the middle of an answer.
  [/unexpected end of message stream/i, unavailable],
  [/self.signed certificate|certificate/i, refused("Check the server's certificate, and the option encrypt.")],
];

/**
 * The one place where what `mssql`, `tedious` and the server throw becomes a `SynclineError`. What
 * is one already stays as it is. Of a strategy's query neither message nor cause has words that may
 * quote a row.
 */
export function translateError(error: unknown, origin: StatementOrigin = "own", shown: WordsShown = {}): SynclineError {
  if (isSynclineError(error)) return error;
  const causes = errorsIn(error);
  const told = causes.find((each) => byNumber.has(numberOf(each) ?? -1)) ?? causes[0];
  const words = messageOf(told ?? error);
  const number = numberOf(told);
  const meaning = meaningOf(told, number, words);
  const code = noOpenJson.test(words) ? "database.failed" : (meaning?.[origin] ?? unknownCode(origin, number));
  const advice = adviceFor(code, words, meaning);
  if (origin === "own") {
    const text = visibleText(
      number === undefined ? `SQL Server: ${words}` : `SQL Server: ${words} (error ${number})`,
      mostWords,
    );
    const needsPerson = meaning?.needsPerson === true;
    return new SynclineError(code, advised(text, needsPerson ? `Somebody has to mend this. ${advice}` : advice), {
      cause: error,
      needsPerson,
    });
  }
  if (number === undefined)
    return new SynclineError(code, advised(driverSentence(told, meaning), advice), { cause: wordlessDriver(told) });
  const answer = { server: "SQL Server", number: `error ${number}`, condition: conditionOf(number), words, advice };
  const isShown = shown.serverMessages === true || quotesTemplateAlone(number);
  return new SynclineError(code, serverSentence({ ...answer, isShown }), { cause: wordlessCause(answer, { number }) });
}

const mostWords = 2_000;

function advised(text: string, advice: string | undefined): string {
  return advice === undefined ? text : `${text.replace(/\.$/, "")}. ${advice}`;
}

/** The database's compatibility level is too low. */
export function needsOpenJson({ message }: SynclineError): boolean {
  return message.includes(openJsonAdvice);
}

/**
 * What the driver says under a code of its own is about connections and time; any other error of it
 * may hold what it was reading.
 */
function driverSentence(error: unknown, meaning: Meaning | undefined): string {
  if (byCode.has(codeOf(error) ?? "")) return visibleText(`SQL Server: ${messageOf(error)}`, mostWords);
  if (meaning?.query === "database.unavailable")
    return "SQL Server: the connection was lost, or there is none to be had.";
  return `SQL Server's driver threw a ${error instanceof Error ? error.name : typeof error}.`;
}

function wordlessDriver(error: unknown): Error {
  const code = codeOf(error);
  const isKnown = code !== undefined && byCode.has(code);
  return wordlessCause({ server: "SQL Server", number: isKnown ? code : "the driver" }, isKnown ? { code } : {});
}

function meaningOf(error: unknown, number: number | undefined, message: string): Meaning | undefined {
  if (number !== undefined && byNumber.has(number)) return byNumber.get(number);
  if (number !== undefined && severityOf(error) >= connectionSeverity) return unavailable;
  const meaning = number === undefined ? byCode.get(codeOf(error) ?? "") : undefined;
  return meaning ?? byMessage.find(([pattern]) => number === undefined && pattern.test(message))?.[1];
}

/** From 20 on, the server closes the connection. */
const connectionSeverity = 20;

function unknownCode(origin: StatementOrigin, number: number | undefined): ErrorCode {
  return origin === "query" && number !== undefined ? "query.invalid" : "database.failed";
}

function adviceFor(code: ErrorCode, message: string, meaning: Meaning | undefined): string | undefined {
  if (noOpenJson.test(message)) return openJsonAdvice;
  return meaning?.advice ?? (code === "database.schema" ? notMigrated : undefined);
}

/**
 * The server may report several errors for one statement, the driver then throws the last (`precedingErrors`) or all of them
 * (an AggregateError; Kysely an array). Libraries wrap the driver's (`driverError`, `originalError`).
 */
function errorsIn(error: unknown): readonly unknown[] {
  if (Array.isArray(error)) return error.flatMap(errorsIn);
  if (typeof error !== "object" || error === null) return [error];
  const list = (name: string): readonly unknown[] => {
    const value: unknown = Reflect.get(error, name);
    return Array.isArray(value) ? value : [];
  };
  const wrapped: unknown = Reflect.get(error, "driverError");
  const inner = [...list("precedingErrors"), ...list("errors")];
  return [error, ...(wrapped === undefined ? [] : errorsIn(wrapped)), ...inner.flatMap(errorsIn)];
}

/** The server's error number. The driver's own errors have none. */
export function numberOf(error: unknown): number | undefined {
  return numberIn(error, "number") ?? numberIn(member(error, "info"), "number");
}

function severityOf(error: unknown): number {
  return numberIn(error, "class") ?? numberIn(member(error, "info"), "class") ?? 0;
}

function codeOf(error: unknown): string | undefined {
  const code = member(error, "code");
  return typeof code === "string" ? code : undefined;
}

function numberIn(from: unknown, name: string): number | undefined {
  const value = member(from, name);
  return typeof value === "number" ? value : undefined;
}

function member(from: unknown, name: string): unknown {
  return typeof from === "object" && from !== null ? Reflect.get(from, name) : undefined;
}

function messageOf(error: unknown): string {
  const message = member(error, "message");
  if (typeof message === "string" && message !== "") return message;
  return codeOf(error) ?? (error instanceof Error ? error.name : String(error));
}
