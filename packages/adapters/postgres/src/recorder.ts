import { changesJson } from "@syncline/core/adapter-kit";
import { type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import { translateError } from "./errors.ts";
import { schemaProblems } from "./options.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { recordMany, recordOne, withNotify } from "./sql/record-changes.ts";

/**
 * What changes are recorded on: a `pg` client that is inside a transaction, or anything else that runs one statement
 * with `$1` parameters on the transaction's own connection.
 */
export interface PgTransaction {
  query(text: string, values?: unknown[]): Promise<unknown>;
  /** A pool has one: each of its queries may run on another connection. */
  readonly totalCount?: never;
}

export interface PostgresRecorderOptions {
  /** Default `syncline`. */
  readonly schema?: string;
  /** Wake listening workers, at most once in `debounceMs` (default 5) per process. Off by default. */
  readonly wakeUp?: { readonly notify: boolean; readonly debounceMs?: number };
}

/** Also for applications that only record: it needs no session, and opens no connection. */
export function postgresRecorder(options: PostgresRecorderOptions = {}): ChangeRecorder<PgTransaction> {
  const name = options.schema ?? "syncline";
  const problems = schemaProblems(name, "postgresRecorder.schema");
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of postgresRecorder() are not usable.", { problems });
  const schema = quoteIdentifier(name);
  const channel = wakeUpChannel(name);
  const quiet = { one: recordOne(schema), many: recordMany(schema) };
  const waking = { one: withNotify(quiet.one, channel), many: withNotify(quiet.many, channel) };
  const notifies = options.wakeUp?.notify ? debounced(options.wakeUp.debounceMs ?? 5) : () => false;
  return {
    async record(tx, changes) {
      refuseWithoutTransaction(tx);
      const texts = notifies() ? waking : quiet;
      const [only] = changes;
      const isOne = changes.length === 1 && only !== undefined;
      try {
        if (isOne) await tx.query(texts.one, [only.category, only.key, only.operation]);
        else await tx.query(texts.many, [changesJson(changes)]);
      } catch (error) {
        throw translateError(error);
      }
    },
  };
}

/** The channel on which workers of this schema listen. */
export function wakeUpChannel(schema: string): string {
  return `${schema}_change`;
}

/** Says yes once, and then not for a while. The clock is monotonic: a set clock must not silence it. */
function debounced(ms: number): () => boolean {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now < quietUntil) return false;
    quietUntil = now + ms;
    return true;
  };
}

function refuseWithoutTransaction(tx: unknown): void {
  const why = whyNoTransaction(tx);
  if (why !== undefined) throw new SynclineError("recorder.connection", why);
}

/** A change recorded outside the business transaction is one that a rollback does not take back. */
function whyNoTransaction(tx: unknown): string | undefined {
  if (typeof tx !== "object" || tx === null || !("query" in tx) || typeof tx.query !== "function")
    return "record() needs the connection that the transaction runs on: an object with query(text, values).";
  if ("totalCount" in tx && "connect" in tx)
    return "record() got a pool, of which each query may run on another connection. Pass the client on which BEGIN ran.";
  if (!("getTransactionStatus" in tx) || typeof tx.getTransactionStatus !== "function") return undefined;
  if (tx.getTransactionStatus() !== "I") return undefined;
  return "record() got a client that is not in a transaction. Run BEGIN first, so that the change is recorded if and only if the business transaction commits.";
}
