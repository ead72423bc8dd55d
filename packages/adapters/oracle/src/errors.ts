import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { type Meaning, meaningOf } from "./error-table.ts";

/** Whose statement failed: ours, or one that somebody wrote into a strategy. */
export type StatementOrigin = "own" | "query";

const notMigrated = "Are the tables there? Run migrate().";

/**
 * The one place where what `oracledb` and the server throw becomes a `SynclineError`. What is one already stays as it is.
 *
 * A server's error that no table knows is the strategy's fault where it answers a strategy's statement (`query.invalid`): each
 * release has new numbers, and what looked like a failing database would be tried for ever.
 */
export function translateError(error: unknown, origin: StatementOrigin = "own"): SynclineError {
  if (isSynclineError(error)) return error;
  const native = nativeCodeOf(error);
  const meaning = native === undefined ? undefined : innerMeaning(error, native);
  const code =
    meaning?.[origin] ?? (origin === "query" && native?.startsWith("ORA-") ? "query.invalid" : "database.failed");
  const advice = meaning?.advice ?? (code === "database.schema" ? notMigrated : undefined);
  const message = `Oracle: ${withoutHelpLinks(messageOf(error))}`;
  return new SynclineError(code, advice === undefined ? message : `${message} ${advice}`, { cause: error });
}

/** Whether the server has refused a strategy's statement for what it says, and not for want of time or of a connection. */
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

/** Whether the connection is of no more use: gone, or in an unknown state. */
export function breaksConnection(error: unknown): boolean {
  const native = nativeCodeOf(error);
  if (native === undefined) return true;
  // A cancelled or timed-out call leaves the connection usable, but what was sent to end it may still be on its way.
  if (native === "ORA-01013" || native === "NJS-123") return true;
  return meaningOf(native)?.own === "database.unavailable";
}

/**
 * Of a block that does not compile, a trigger that fails, a parallel server, the server's own recursive SQL: the reason is in
 * the lines that follow.
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
