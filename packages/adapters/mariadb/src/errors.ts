import { networkErrorCodes, serverSentence, visibleText, wordlessCause } from "@syncline/core/adapter-kit";
import { type ErrorCode, isSynclineError, SynclineError } from "@syncline/core/spi";

/**
 * Whose statement failed: ours; a strategy's that was only prepared, so that the server's words are
 * about its text alone; or a strategy's that ran, and whose error may quote rows.
 */
export type StatementOrigin = "own" | "prepared" | "query";

interface Meaning {
  readonly own: ErrorCode;
  readonly query: ErrorCode;
  /** What to do about it, where the server's own words don't say. */
  readonly advice?: string;
}

const notMigrated = "Is the database migrated? Run migrate().";
const readOnly = "The server is read-only: a replica, or a primary that has been demoted.";
const lockedOut = "Somebody holds a lock for long: LOCK TABLES, ALTER TABLE, an open transaction.";
const full = "A disk or a table is full.";

const either = (own: ErrorCode, query: ErrorCode, advice?: string): Meaning =>
  advice === undefined ? { own, query } : { own, query, advice };
const same = (code: ErrorCode, advice?: string): Meaning => either(code, code, advice);
const template = either("database.failed", "query.invalid");
const missing = either("database.schema", "query.invalid");

/** By the server's error number. */
const byNumber: ReadonlyMap<number, Meaning> = new Map([
  ...each(
    [1040, 1203, 1226],
    same("database.unavailable", "Give the pools fewer connections, or raise max_connections."),
  ),
  ...each([1042, 1043, 1047, 1053, 1077, 1079, 1080, 1129, 1152, 1158, 1159, 1160, 1161], same("database.unavailable")),
  ...each([1184, 1927, 2006, 2013, 3169, 4031], same("database.unavailable")),
  ...each([1290, 1836, 3100], either("database.unavailable", "query.refused", readOnly)),
  ...each([3, 28, 1021, 1026, 1114, 1713], same("database.unavailable", full)),
  ...each([1020, 1213, 1479, 1613, 1614, 3058, 3572], same("database.busy")),
  ...each([1205, 1907], same("database.busy", lockedOut)),
  ...each([1317, 1028, 1969, 3024], either("database.busy", "query.timeout")),
  ...each([1049, 1146, 1305, 1054], missing),
  ...each(
    [1044, 1045, 1142, 1143, 1227, 1370, 1698],
    either("database.failed", "query.invalid", "Grant the login what it needs."),
  ),
  ...each([1792, 1223, 1568], either("database.failed", "query.refused")),
  ...each(
    [1052, 1055, 1056, 1060, 1064, 1065, 1066, 1102, 1103, 1104, 1109, 1111, 1114, 1115, 1128, 1138, 1140, 1149],
    template,
  ),
  ...each([1166, 1191, 1210, 1221, 1222, 1235, 1241, 1247, 1248, 1250, 1253, 1267, 1270, 1271, 1273, 1286], template),
  ...each([1295, 1308, 1312, 1318, 1327, 1347, 1356, 1394, 1415, 1449, 1463, 1582, 1583, 1584, 1622, 1630], template),
  ...each([3029, 3065, 4002, 4003, 4013, 4015, 4016, 4017, 4041, 4078, 4079, 4161], template),
  [
    1419,
    either(
      "database.failed",
      "query.invalid",
      "Set log_bin_trust_function_creators = 1, or let a login with BINLOG ADMIN do it.",
    ),
  ],
  // Of one value alone: there was more than one row, a number out of range, a value in no form.
  ...each([1242, 1365, 1366, 1411, 1525, 1690, 1292, 1264, 1406, 1644, 1301], either("database.failed", "query.data")),
]);

function each(numbers: readonly number[], meaning: Meaning): readonly (readonly [number, Meaning])[] {
  return numbers.map((number) => [number, meaning]);
}

/** Numbers from here on are the driver's own. */
const firstOfDriver = 45_000;
/** The driver's, in which a connection is lost or cannot be had. */
const driverAboutConnections: ReadonlySet<string> = new Set([
  "ER_CONNECTION_ALREADY_CLOSED",
  "ER_SOCKET_BAD_PORT",
  "ER_SOCKET_UNEXPECTED_CLOSE",
  "ER_SOCKET_TIMEOUT",
  "ER_CONNECTION_TIMEOUT",
  "ER_CMD_CONNECTION_CLOSED",
  "ER_CMD_NOT_EXECUTED_DESTROYED",
  "ER_CLOSING_SOCKET",
  "ER_UNEXPECTED_PACKET",
  "ER_CLOSED_CONNECTION",
]);

export interface WordsShown {
  /** Whether errors of strategies' queries that ran keep the server's words. */
  readonly serverMessages: boolean;
}

/** The one place where what the driver and the server throw becomes a `SynclineError`. What is one already stays as it is. */
export function translateError(
  error: unknown,
  origin: StatementOrigin = "own",
  shown: WordsShown = { serverMessages: false },
): SynclineError {
  if (isSynclineError(error)) return error;
  const { number, words, isFatal, code: name } = partsOf(error);
  const isConnection = isFatal || networkErrorCodes.has(name) || driverAboutConnections.has(name);
  const meaning = byNumber.get(number);
  const known = origin === "own" ? meaning?.own : meaning?.query;
  const otherwise = isConnection ? "database.unavailable" : unknownOf(number, origin);
  const code = known ?? otherwise;
  const advice = meaning?.advice ?? (code === "database.schema" ? notMigrated : undefined);
  const label = number === 0 ? name || "no number" : `error ${number}`;
  const answer = { server: "MariaDB", number: label };
  const isShown = origin !== "query" || shown.serverMessages || isConnection;
  const cause = isShown && number >= 0 ? causeOf(error, words, number) : wordlessCause(answer, { errno: number });
  return new SynclineError(
    code,
    serverSentence({ ...answer, words, isShown, ...(advice === undefined ? {} : { advice }) }),
    { cause },
  );
}

/** What we do not know of a strategy's statement that ran may be one value's fault. */
function unknownOf(number: number, origin: StatementOrigin): ErrorCode {
  if (origin === "prepared") return "query.invalid";
  if (origin === "query") return number > 0 && number < firstOfDriver ? "query.data" : "database.failed";
  return "database.failed";
}

/** What the server answers instead of a connection: all of it is tried again. */
export function translateConnectError(error: unknown): SynclineError {
  if (isSynclineError(error)) return error;
  const { number, words, code } = partsOf(error);
  const advice = toMend.get(number);
  const label = number === 0 ? code || "no number" : `error ${number}`;
  const sentence = serverSentence({
    server: "MariaDB",
    number: label,
    words,
    isShown: true,
    ...(advice === undefined ? {} : { advice: `Somebody has to mend this. ${advice}` }),
  });
  const needsPerson = advice !== undefined;
  return new SynclineError("database.unavailable", sentence, { cause: causeOf(error, words, number), needsPerson });
}

const login = "Check the user and the password.";
const toMend: ReadonlyMap<number, string> = new Map([
  [1044, "Grant the user the database."],
  [1045, login],
  [1049, "Check the database's name."],
  [1130, "The server takes no login from this host: CREATE USER … @ this host."],
  [1251, "The user's authentication plugin is not one that the driver knows."],
  [1524, login],
  [1698, login],
  [1820, "The password has expired."],
  [1862, "The password has expired."],
  [4151, "The account is locked."],
]);

/** Whether the connection is of no more use. */
export function breaksConnection(error: unknown): boolean {
  if (isSynclineError(error)) return false;
  const { number, isFatal, code } = partsOf(error);
  if (isFatal || number === 0 || number >= firstOfDriver || networkErrorCodes.has(code)) return true;
  return byNumber.get(number)?.own === "database.unavailable";
}

export function numberOf(error: unknown): number {
  return partsOf(error).number;
}

export function wordsOf(error: unknown): string {
  return partsOf(error).words;
}

interface Parts {
  /** 0: not the server's, nor the driver's. */
  readonly number: number;
  /** Without the statement and its parameters, which the driver's message has. */
  readonly words: string;
  readonly code: string;
  readonly isFatal: boolean;
}

function partsOf(error: unknown): Parts {
  if (typeof error !== "object" || error === null) return { number: 0, words: String(error), code: "", isFatal: false };
  const { errno, sqlMessage, message, code, fatal } = error as { readonly [name: string]: unknown };
  const number = typeof errno === "number" && errno > 0 ? errno : 0;
  const [first = "unknown error"] = (typeof message === "string" ? message : "").split("\n");
  const words = typeof sqlMessage === "string" && sqlMessage !== "" ? sqlMessage : first;
  return {
    number,
    words: visibleText(words, 2_000),
    code: typeof code === "string" ? code : "",
    isFatal: fatal === true,
  };
}

/** Without the driver's fields, of which one is the statement. */
function causeOf(error: unknown, words: string, errno: number): Error {
  const { code, sqlState } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly [name: string]: unknown;
  };
  return Object.assign(new Error(words), { errno, code, sqlState });
}
