import { changesJson } from "@syncline/core/adapter-kit";
import { type Change, type ChangeRecorder, SynclineError } from "@syncline/core/spi";
import type { PgExecutor } from "./driver.ts";
import { sqlStateOf, translateError } from "./errors.ts";
import { schemaProblems } from "./options.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { recordAlike, recordMany, recordOne, recordTraced, recordTracedOne, withNotify } from "./sql/record-changes.ts";
import { type OwnStatement, ownStatement } from "./sql/statement.ts";

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
  /**
   * Wake listening workers. Each transaction does, as long as there are no more than one in `debounceMs` (default 2) per
   * process; of a burst, the first 16 do. Off by default.
   *
   * `true`: not on a server that takes part in two-phase commits (`max_prepared_transactions` above
   * 0), where PREPARE TRANSACTION would fail: polling finds what is recorded there. `"always"`:
   * there, too, for transactions that are never prepared.
   */
  readonly wakeUp?: { readonly notify: boolean | "always"; readonly debounceMs?: number };
  /**
   * Keep the statement prepared on each connection: recording one change takes a fifth less processor time. Only where `tx` is
   * a `pg` client, and not through PgBouncer before 1.21 in transaction mode. Off by default.
   */
  readonly preparedStatements?: boolean;
}

/** Also for applications that only record: it needs no session, and opens no connection. */
export function postgresRecorder(options: PostgresRecorderOptions = {}): ChangeRecorder<PgTransaction> {
  const name = options.schema ?? "syncline";
  const problems = schemaProblems(name, "postgresRecorder.schema");
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of postgresRecorder() are not usable.", { problems });
  const schema = quoteIdentifier(name);
  const channel = wakeUpChannel(name);
  const quiet = {
    one: recordOne(schema),
    tracedOne: recordTracedOne(schema),
    alike: recordAlike(schema),
    many: recordMany(schema),
    traced: recordTraced(schema),
  };
  const isAlways = options.wakeUp?.notify === "always";
  const wakingOf = (text: string) => withNotify(text, channel, isAlways);
  const waking = {
    one: wakingOf(quiet.one),
    tracedOne: wakingOf(quiet.tracedOne),
    alike: wakingOf(quiet.alike),
    many: wakingOf(quiet.many),
    traced: wakingOf(quiet.traced),
  };
  const run = options.preparedStatements === true ? prepared() : plainly;
  const notifies = options.wakeUp?.notify ? thinned(options.wakeUp.debounceMs ?? 2) : () => false;
  return {
    async record(tx, changes) {
      refuseWithoutTransaction(tx);
      const texts = notifies() ? waking : quiet;
      const [first] = changes;
      try {
        if (first === undefined) return;
        const isTraced = changes.some(({ traceparent }) => traceparent);
        if (changes.length === 1) {
          const values = [first.category, first.key, first.operation];
          if (isTraced) await run(tx, texts.tracedOne, [...values, first.traceparent]);
          else await run(tx, texts.one, values);
        } else if (isTraced) await run(tx, texts.traced, [changesJson(changes)]);
        else if (!areAlike(changes, first)) await run(tx, texts.many, [changesJson(changes)]);
        else {
          const lines = changes.map(({ key }) => key).join("\n");
          await run(tx, texts.alike, [first.category, first.operation, lines]);
        }
      } catch (error) {
        throw sqlStateOf(error) === "25006"
          ? new SynclineError("recorder.connection", readOnly, { cause: error })
          : translateError(error);
      }
    },
  };
}

function areAlike(changes: readonly Change[], { category, operation }: Change): boolean {
  return changes.every(
    (each) => each.category === category && each.operation === operation && !each.key.includes("\n"),
  );
}

type Run = (tx: PgTransaction, text: string, values: unknown[]) => Promise<unknown>;

const plainly: Run = (tx, text, values) => tx.query(text, values);

/** `pg` takes a statement's name along with its text, and prepares it on each connection once. */
function prepared(): Run {
  const statements = new Map<string, OwnStatement>();
  return (tx, text, values) => {
    const statement = statements.get(text) ?? ownStatement("record", text);
    statements.set(text, statement);
    return (tx as unknown as PgExecutor).query({ ...statement, values });
  };
}

/** The channel on which workers of this schema listen. */
export function wakeUpChannel(schema: string): string {
  return `${schema}_change`;
}

/**
 * Transactions that notify commit one after the other, so not all do where they are many: then the next one that does is not
 * far. Where they are few all do, for nobody else would tell of one that commits later than its neighbour.
 */
const burst = 16;

/** Says yes to one in `ms` and to a burst. The clock is monotonic: a set clock must not silence it. */
function thinned(ms: number): () => boolean {
  let left = burst;
  let last = performance.now();
  return () => {
    const now = performance.now();
    left = ms === 0 ? burst : Math.min(burst, left + (now - last) / ms);
    last = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

const readOnly =
  "record() got a transaction that is READ ONLY, so that nothing can be recorded in it. Begin it READ WRITE; " +
  "default_transaction_read_only of the role, the database or the session makes it so as well, and a server that is a standby.";

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
