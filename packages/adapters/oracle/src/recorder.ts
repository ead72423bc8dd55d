import { type Change, type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import oracledb from "oracledb";
import { asciiJson } from "./character-set.ts";
import type { OracleBinds } from "./driver.ts";
import { nativeCodeOf, translateError } from "./errors.ts";
import { type OraclePlaceOptions, placeOf, placeProblems } from "./options.ts";
import { recordChanges, recordTraced } from "./sql/record-changes.ts";

/**
 * What changes are recorded on: an `oracledb` connection that the business transaction runs on, or anything else that runs
 * one statement for an array of binds there. In Oracle a transaction begins with its first change, so this may be it.
 */
export interface OracleTransaction {
  executeMany(text: string, rows: object[], options: OracleBinds): Promise<unknown>;
  /** A pool has one: its statements may run on any connection. */
  readonly poolMax?: never;
}

export type OracleRecorderOptions = OraclePlaceOptions;

/** Also for applications that only record: it needs no session, and opens no connection. */
export function oracleRecorder(options: OracleRecorderOptions = {}): ChangeRecorder<OracleTransaction> {
  const problems = placeProblems(options, "oracleRecorder");
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of oracleRecorder() are not usable.", { problems });
  const place = placeOf(options);
  const { text } = recordChanges(place);
  const { text: traced } = recordTraced(place);
  return {
    async record(tx, changes) {
      const why = whyNoTransaction(tx);
      if (why !== undefined) throw new SynclineError("recorder.connection", why);
      try {
        // Without the driver's own types: they are those of one copy of it, and the connection may be another's. No value
        // is ever NULL, so the driver finds out by itself that all are texts, and the longest of them.
        const isTraced = changes.some(({ traceparent }) => traceparent);
        const rows = changes.map(isTraced ? bindsOfTraced : bindsOfChange);
        await tx.executeMany(isTraced ? traced : text, rows, { autoCommit: false, batchErrors: false });
      } catch (error) {
        const isReadOnly = nativeCodeOf(error) === "ORA-01456";
        throw isReadOnly ? new SynclineError("recorder.connection", readOnly, { cause: error }) : translateError(error);
      }
    },
  };
}

const readOnly =
  "record() got a transaction that is READ ONLY, so that nothing can be recorded in it. Begin it READ WRITE.";

function bindsOfChange({ category, key, operation }: Change): OracleBinds {
  return { category, condition: asciiJson(key), operation };
}

/** An empty text is NULL in Oracle, and tells the driver that it is a text. */
function bindsOfTraced(change: Change): OracleBinds {
  return { ...bindsOfChange(change), traceparent: change.traceparent ?? "" };
}

/** A change recorded outside the business transaction is one that a rollback does not take back. */
function whyNoTransaction(tx: unknown): string | undefined {
  if (typeof tx === "object" && tx !== null && "getConnection" in tx)
    return "record() got a pool, of which each statement may run on another connection. Pass the connection on which the business transaction runs.";
  if (typeof tx !== "object" || tx === null || !("executeMany" in tx) || typeof tx.executeMany !== "function")
    return "record() needs the oracledb connection on which the business transaction runs.";
  if (oracledb.autoCommit)
    return "oracledb.autoCommit is true, so each of the application's statements is a transaction of its own, and a change would be recorded although what it is about may not come about. Set it to false, and commit with connection.commit().";
  return undefined;
}
