import { type Change, type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import { numberOf, translateError } from "./errors.ts";
import { schemaProblem } from "./options.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { changesParameter, recordChanges } from "./sql/record-changes.ts";

/**
 * What changes are recorded on: a connection of `mariadb`, or of `mysql2/promise`, that is inside a
 * transaction; or anything else that runs one statement with `?` parameters on the transaction's
 * own connection.
 */
export interface MariadbTransaction {
  /** Server-side: no value becomes part of the text. */
  execute(text: string, values: string[]): Promise<unknown>;
  /** A pool has one: each of its statements may run on another connection. */
  readonly getConnection?: never;
}

export interface MariadbRecorderOptions {
  /** Default `syncline`. */
  readonly schema?: string;
}

/** Also for applications that only record: it needs no session, and opens no connection. */
export function mariadbRecorder(options: MariadbRecorderOptions = {}): ChangeRecorder<MariadbTransaction> {
  const name = options.schema ?? "syncline";
  const problem = schemaProblem(name);
  if (problem !== undefined) {
    const problems = [{ at: "mariadbRecorder.schema", message: problem }];
    throw new SynclineError("config.invalid", "The options of mariadbRecorder() are not usable.", { problems });
  }
  const text = recordChanges(quoteIdentifier(name));
  return {
    async record(tx, changes) {
      refuseWithoutConnection(tx);
      try {
        refuseUnlessAll(await tx.execute(text, [changesParameter(changes)]), changes);
      } catch (error) {
        throw translateRecordError(error);
      }
    },
  };
}

const readOnlyTransaction = 1792;
const constraintFails: ReadonlySet<number> = new Set([4025, 3819]);

function translateRecordError(error: unknown): SynclineError {
  const number = numberOf(error);
  const cause = { cause: error };
  if (number === readOnlyTransaction)
    return new SynclineError(
      "recorder.connection",
      "record() got a transaction that is READ ONLY, so that nothing can be recorded in it.",
      cause,
    );
  if (constraintFails.has(number) && /change_in_transaction/.test(String(error)))
    return new SynclineError("recorder.connection", noTransaction, cause);
  return translateError(error);
}

const noTransaction =
  "record() got a connection that is not in a transaction. Run START TRANSACTION first, so that the change is recorded " +
  "if and only if the business transaction commits.";

/** A change recorded outside the business transaction is one that a rollback does not take back. */
function refuseWithoutConnection(tx: unknown): void {
  if (typeof tx !== "object" || tx === null || !("execute" in tx) || typeof tx.execute !== "function")
    throw new SynclineError(
      "recorder.connection",
      "record() needs the connection that the transaction runs on: an object with execute(text, values), of mariadb or mysql2/promise.",
    );
  if ("getConnection" in tx)
    throw new SynclineError(
      "recorder.connection",
      "record() got a pool, of which each statement may run on another connection. Pass the connection on which the transaction runs.",
    );
}

/** Both drivers say how many rows were written; what runs it otherwise need not. */
function refuseUnlessAll(answer: unknown, changes: readonly Change[]): void {
  const result: unknown = Array.isArray(answer) ? answer[0] : answer;
  const written =
    typeof result === "object" && result !== null && "affectedRows" in result ? result.affectedRows : undefined;
  if (written === undefined || Number(written) === changes.length) return;
  throw new SynclineError(
    "database.failed",
    `Of ${changes.length} changes, ${Number(written)} were recorded: roll back.`,
  );
}
