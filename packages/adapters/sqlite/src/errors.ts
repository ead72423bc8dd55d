import { visibleText } from "@syncline/core/adapter-kit";
import { type ErrorCode, isSynclineError, SynclineError } from "@syncline/core/spi";

/** What SQLite's primary result codes mean, whoever wrote the statement. */
const meanings: { readonly [code: string]: ErrorCode } = {
  BUSY: "database.busy",
  LOCKED: "database.busy",
  PROTOCOL: "database.busy",
  IOERR: "database.unavailable",
  FULL: "database.unavailable",
  CANTOPEN: "database.unavailable",
  READONLY: "database.unavailable",
};

/** libsql knows the names of primary codes only; of the others it gives the number, whose low byte is the primary one. */
const names: { readonly [number: number]: string } = {
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  14: "CANTOPEN",
};

/**
 * The one place where what a driver throws becomes a `SynclineError`. What is one already stays as it is.
 *
 * @param otherwise what is meant by what SQLite itself has no code for: it says SQLITE_ERROR to a typing error as to a
 * value that is no JSON, so whoever called must know whether the statement was being prepared or was running.
 */
export function translateError(error: unknown, otherwise: ErrorCode = "database.failed"): SynclineError {
  if (isSynclineError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeFor(error, message, otherwise);
  // What was only prepared has read nothing. What ran may quote rows: neither its words nor the driver's error go on.
  if (otherwise === "query.data")
    return new SynclineError(
      code,
      `SQLite answers with an error (${primaryCode(error) || "ERROR"}); its words may quote rows.`,
    );
  return new SynclineError(code, `SQLite: ${visibleText(message)}`, { cause: error });
}

export function isBusy(error: unknown): boolean {
  return meanings[primaryCode(error)] === "database.busy";
}

function codeFor(error: unknown, message: string, otherwise: ErrorCode): ErrorCode {
  const isQuery = otherwise.startsWith("query.");
  const code = primaryCode(error);
  if (isQuery && code === "READONLY") return "query.refused";
  if (!isQuery && /no such (table|column): .*syncline_|has no column named/.test(message)) return "database.schema";
  // Neither driver gives a code with what it says of a file that it cannot open, or of a connection that was closed.
  if (code === "" && /\bopen\b/i.test(message)) return "database.unavailable";
  return meanings[code] ?? otherwise;
}

/** `SQLITE_BUSY_SNAPSHOT` → `BUSY`. Empty if SQLite did not say it. */
function primaryCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  const named = /^SQLITE_([A-Z]+)/.exec(String(error.code))?.[1];
  const number = "rawCode" in error && typeof error.rawCode === "number" ? error.rawCode % 256 : 0;
  return named ?? names[number] ?? "";
}
