import { type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import sql from "mssql";
import { changesJson } from "./changes-json.ts";
import type { MssqlRequest, MssqlTransaction } from "./driver.ts";
import { translateError } from "./errors.ts";
import { schemaProblem } from "./options.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { type RecordingText, recordChanges } from "./sql/record-changes.ts";

/** The one statement of a recorder: its text around its one parameter, and the parameter's value, which is JSON. */
export interface RecordStatement extends RecordingText {
  readonly changes: string;
}

/** The transaction of another library, as `@syncline/sqlserver/transactions` makes it. */
export interface LibraryTransaction {
  /** Runs the statement on the transaction's own connection, and nothing else. */
  runRecord(statement: RecordStatement): Promise<unknown>;
}

/** A `Request` of `mssql` that was made of a transaction. Another one is made of the same: this one is left as it is. */
export type RequestOfTransaction = Pick<MssqlRequest, "input" | "query">;

/** What changes are recorded on: a `Transaction` of `mssql`, a `Request` made of one, or another library's. */
export type SqlServerTransaction =
  | Pick<MssqlTransaction, "request" | "rollback">
  | RequestOfTransaction
  | LibraryTransaction;

export interface SqlServerRecorderOptions {
  /** Default `syncline`. */
  readonly schema?: string;
}

/** Also for applications that only record: it needs no session, and opens no connection. */
export function sqlServerRecorder(options: SqlServerRecorderOptions = {}): ChangeRecorder<SqlServerTransaction> {
  const name = options.schema ?? "syncline";
  const problem = schemaProblem(name);
  if (problem !== undefined) {
    const problems = [{ at: "sqlServerRecorder.schema", message: problem }];
    throw new SynclineError("config.invalid", "The options of sqlServerRecorder() are not usable.", { problems });
  }
  const text = recordChanges(quoteIdentifier(name));
  return {
    async record(tx, changes) {
      const run = runnerOf(tx);
      try {
        await run({ ...text, changes: changesJson(changes) });
      } catch (error) {
        throw translateError(error);
      }
    },
  };
}

/** Errors: `recorder.connection` for what cannot be in a transaction. */
function runnerOf(tx: unknown): (statement: RecordStatement) => Promise<unknown> {
  if (has(tx, "runRecord")) return (statement) => (tx as LibraryTransaction).runRecord(statement);
  const parent: unknown = isObject(tx) && isObject(tx.parent) && has(tx, "query") ? tx.parent : tx;
  if (!has(parent, "request")) throw refusal("needs a Transaction of mssql, or a Request made of one.");
  if (!has(parent, "rollback") || !has(parent, "begin"))
    throw refusal(
      "got a pool, of which each request may run on another connection. Pass the Transaction that was begun.",
    );
  return ({ before, after, changes }) => {
    const request: MssqlRequest = (parent as unknown as MssqlTransaction).request();
    request.input("changes", sql.NVarChar(sql.MAX), changes);
    return request.query(`${before}@changes${after}`);
  };
}

function refusal(what: string): SynclineError {
  return new SynclineError("recorder.connection", `record() ${what}`);
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null;
}

function has(value: unknown, method: string): boolean {
  return isObject(value) && typeof value[method] === "function";
}
