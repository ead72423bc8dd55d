import { networkErrorCodes, visibleText } from "@syncline/core/adapter-kit";
import { type ErrorCode, isSynclineError, SynclineError } from "@syncline/core/spi";
import { type QueryWords, queryAnswer } from "./query-answer.ts";
import { isAboutGuard } from "./sql/transaction-step.ts";

/** Whose statement failed: ours, or one that somebody wrote into a strategy. */
export type StatementOrigin = "own" | "query";

interface Meaning {
  readonly own: ErrorCode;
  readonly query: ErrorCode;
  /** What to do about it, when the server's own words don't say. */
  readonly advice?: string;
}

const same = (code: ErrorCode, advice?: string): Meaning =>
  advice === undefined ? { own: code, query: code } : { own: code, query: code, advice };
const either = (own: ErrorCode, query: ErrorCode, advice?: string): Meaning =>
  advice === undefined ? { own, query } : { own, query, advice };

const notMigrated = "Is the schema migrated? Run migrate().";
const hiddenRows =
  "A row that row-level security hides from whoever reads would count as deleted. Read as a role with BYPASSRLS " +
  "(ALTER ROLE … BYPASSRLS), or as the owner of the table if it does not FORCE ROW LEVEL SECURITY; " +
  'or say that hiding is meant: postgres({ query: { rowSecurity: "apply" } }).';
const lockedOut = "Somebody holds a lock for long: a migration, VACUUM FULL, LOCK TABLE.";
const readOnly = "The server, or the session, is read-only.";
const pooler = "Behind a pooler in transaction mode, set preparedStatements: false.";

/** By SQLSTATE; where there is no entry, by its class (the first two characters). */
const bySqlState: ReadonlyMap<string, Meaning> = new Map([
  ["08", same("database.unavailable")],
  ["0A", either("database.failed", "query.invalid")],
  ["21", either("database.failed", "query.data")],
  ["22", either("database.failed", "query.data")],
  ["23", either("database.failed", "query.data")],
  ["25", either("database.failed", "query.refused")],
  ["25006", either("database.unavailable", "query.refused", readOnly)],
  ["25P03", same("database.unavailable")],
  ["25P04", same("database.unavailable", "The transaction took longer than transaction_timeout.")],
  ["26", same("database.failed", pooler)],
  ["28", same("database.unavailable", "Check the user, the password and pg_hba.conf.")],
  ["2F", either("database.failed", "query.refused")],
  ["3D", same("database.unavailable", "Check the database's name.")],
  ["3F", either("database.schema", "query.invalid", notMigrated)],
  ["40", same("database.busy")],
  ["42", either("database.failed", "query.invalid")],
  ["42501", either("database.failed", "query.invalid", "Grant the role what it needs.")],
  ["42703", either("database.schema", "query.invalid")],
  ["42883", either("database.schema", "query.invalid")],
  ["42P01", either("database.schema", "query.invalid")],
  ["42P05", same("database.failed", pooler)],
  ["53", same("database.unavailable")],
  // What one statement may use of files for itself: with other values it may use less.
  ["53400", either("database.unavailable", "database.failed")],
  ["54", either("database.failed", "query.invalid")],
  ["55006", same("database.busy")],
  ["55P03", same("database.busy", lockedOut)],
  ["57014", either("database.busy", "query.timeout")],
  ["57P", same("database.unavailable")],
  ["58", same("database.unavailable")],
  ["72", same("database.busy")],
  ["HV00N", same("database.unavailable")],
  ["P0", either("database.failed", "query.data")],
]);

/**
 * By the server's function that said it, where neither the state nor the text, which is translated,
 * tells it apart.
 */
const adviceByRoutine: ReadonlyMap<unknown, string> = new Map([["check_enable_rls", hiddenRows]]);

/** Likewise, by state and function, where the state is that of many other errors. */
const byRoutine: ReadonlyMap<string, Meaning> = new Map([
  // READ WRITE, of a replica.
  ["0A000 call_bool_check_hook", either("database.unavailable", "query.refused", readOnly)],
  // No key is at fault for a materialized view that has not been filled.
  ["55000 ExecOpenScanRelation", same("database.busy", "REFRESH MATERIALIZED VIEW fills it.")],
]);

/** The driver's own errors have a message and no code. */
const byMessage: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/^Connection terminated/i, "database.unavailable"],
  [/timeout exceeded when trying to connect/i, "database.unavailable"],
  [/timeout expired/i, "database.unavailable"],
  [/Client was closed|Client has encountered a connection error|not queryable/i, "database.unavailable"],
  [/^Query read timeout/i, "database.busy"],
  [/server does not support SSL|SSL connection/i, "database.unavailable"],
];

/**
 * The one place where what `pg` and the server throw becomes a `SynclineError`. What is one already
 * stays as it is.
 *
 * @param words for a strategy's statement: how much of the server's words is kept. They may quote rows.
 */
export function translateError(error: unknown, origin: StatementOrigin = "own", words: QueryWords = {}): SynclineError {
  if (isSynclineError(error)) return error;
  const message = messageOf(error);
  const state = sqlStateOf(error);
  if (state === undefined) return driverError(error, message, origin);
  const meaning = meaningOf(error, state);
  // A connection's prepared plan whose table was migrated since: the connection is given up, a new
  // one will do.
  const isStalePlan = isOfStalePlan(error, state);
  const code = isStalePlan ? "database.busy" : (meaning?.[origin] ?? "database.failed");
  const advice =
    adviceByRoutine.get(routineOf(error)) ?? meaning?.advice ?? (code === "database.schema" ? notMigrated : undefined);
  if (origin === "query") return queryError(error, code, { state, message, advice }, words);
  const text = `PostgreSQL: ${visibleText(message, mostCharacters)} (SQLSTATE ${state})`;
  return new SynclineError(code, advice === undefined ? text : `${text}. ${advice}`, { cause: error });
}

function meaningOf(error: unknown, state: string): Meaning | undefined {
  const [ofClass, ofGroup] = [state.slice(0, 2), state.slice(0, 3)];
  return ofRoutine(error, state) ?? bySqlState.get(state) ?? bySqlState.get(ofGroup) ?? bySqlState.get(ofClass);
}

function ofRoutine(error: unknown, state: string): Meaning | undefined {
  return byRoutine.get(`${state} ${String(routineOf(error))}`);
}

/** One line for a person is enough. */
export const mostCharacters = 2_000;

interface ServerError {
  readonly state: string;
  readonly message: string;
  readonly advice: string | undefined;
}

function queryError(error: unknown, code: ErrorCode, { state, message, advice }: ServerError, words: QueryWords) {
  const codes = {
    code: state,
    ...(state === "42P18" ? { parameter: /\$(\d+)/.exec(message)?.[1] ?? "" } : {}),
    ...(isAboutGuard(message) ? { isAboutGuard: "yes" } : {}),
    ...(notPrepared.has(state) || isOfStalePlan(error, state) ? { isOfPrepared: "yes" } : {}),
  };
  const { sentence, cause } = queryAnswer({ error, state, message, advice, codes }, words);
  return new SynclineError(code, sentence, { cause });
}

/**
 * What the driver makes of an answer to a strategy's statement may quote it; its words about
 * connections may not.
 */
function driverError(error: unknown, message: string, origin: StatementOrigin): SynclineError {
  const code = driverErrorCode(error, message);
  if (origin === "query" && code === undefined) {
    const name = error instanceof Error ? error.name : typeof error;
    return new SynclineError(
      "database.failed",
      `PostgreSQL's driver threw a value of its own (${visibleText(name, 40)}).`,
    );
  }
  // Node's error keeps the address that it could not read, password and all, and not every version
  // of `pg` takes it out.
  const cause = codeOf(error) === "ERR_INVALID_URL" ? {} : { cause: error };
  return new SynclineError(code ?? "database.failed", `PostgreSQL: ${visibleText(message, mostCharacters)}`, cause);
}

/** Five characters if the server said it; `undefined` if the driver or the network did. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !networkErrorCodes.has(code) ? code : undefined;
}

/** No such prepared statement, another one of that name, one with other parameters. */
const notPrepared: ReadonlySet<string> = new Set(["26000", "42P05", "08P01"]);

/**
 * By where the server says it, since what it says is translated; by its words for one of
 * PostgreSQL's kin.
 */
function isOfStalePlan(error: unknown, state: string): boolean {
  return (
    state === "0A000" && (routineOf(error) === "RevalidateCachedQuery" || messageOf(error).includes("cached plan"))
  );
}

/** Whether the connection is of no more use: gone, or in an unknown state, or keeping a plan that no longer fits. */
export function breaksConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return true;
  if (state === "0A000") return isOfStalePlan(error, state) || ofRoutine(error, state)?.own === "database.unavailable";
  return (
    state.startsWith("08") ||
    state.startsWith("57P") ||
    state === "25P03" ||
    state === "25P04" ||
    state === "25006" ||
    state.startsWith("26")
  );
}

function driverErrorCode(error: unknown, message: string): ErrorCode | undefined {
  const code = codeOf(error);
  if (code !== undefined && networkErrorCodes.has(code)) return "database.unavailable";
  return byMessage.find(([pattern]) => pattern.test(message))?.[1];
}

function routineOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "routine" in error ? error.routine : undefined;
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** An AggregateError (a host with several addresses, all refusing) has an empty message of its own. */
export function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const message = "message" in error && typeof error.message === "string" ? error.message : "";
  if (message !== "") return message;
  const inner = "errors" in error && Array.isArray(error.errors) ? error.errors.map(messageOf).join("; ") : "";
  return inner || codeOf(error) || "unknown error";
}
