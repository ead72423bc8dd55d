import { ByteLimit, translating } from "@syncline/core/adapter-kit";
import {
  isSynclineError,
  type LocateInTemplate,
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
} from "@syncline/core/spi";
import type { CancelChannel } from "./cancel-channel.ts";
import { describeTemplate } from "./describe-template.ts";
import { keysAlias } from "./dialect.ts";
import type { PgPool, PgQuery } from "./driver.ts";
import { sqlStateOf, translateError } from "./errors.ts";
import { isLookup, LookupPlans } from "./lookup-plans.ts";
import { type DriverResult, OwnTypes, shapesOf } from "./own-types.ts";
import type { ReadFence } from "./query-source/replica-fence.ts";
import type { ReadSession } from "./read-connection.ts";
import { withReadSession } from "./read-session.ts";
import type { KeptSettings } from "./sql/read-transaction.ts";
import type { RowSecurity } from "./sql/row-security.ts";
import { hasBegun } from "./sql/transaction-step.ts";
import { wireTypes } from "./wire-types.ts";

export interface QueryRunnerSettings {
  /** Whose login reads. One that may do no more than SELECT is the real fence; what is here is the second. */
  readonly pool: PgPool;
  /** How what runs on the pool is ended. */
  readonly channel: CancelChannel;
  /** What its connections may keep from one read to the next. Default `none`. */
  readonly keeps?: KeptSettings;
  /** Reads at once. Default: any number. */
  readonly concurrency?: number | undefined;
  /** `SET LOCAL ROLE` for each read. A hostile template can set it back, so a login of its own is the safer way. */
  readonly role?: string;
  /** Default `refuse`. */
  readonly rowSecurity?: RowSecurity;
  /** Where `pool` may lead to a replica. */
  readonly fence?: ReadFence;
  /** Errors keep the server's words, which may quote rows. Default false. */
  readonly serverMessages?: boolean;
}

/** All that a query runner may be asked. */
export type PostgresQueryRunner = QueryRunner & Required<Pick<QueryRunner, "describe" | "estimate" | "explain">>;

/**
 * Three messages for a composed set, whatever the number of keys: BEGIN with all settings, the statement, ROLLBACK. Drivers
 * that pipeline send them in one packet.
 *
 * ROLLBACK and not COMMIT, since it also undoes what a read-only transaction lets a template do: a NOTIFY, a
 * `set_config(…, false)` that would outlive the transaction on a pooled connection.
 */
export function createQueryRunner({
  pool,
  channel,
  keeps = "none",
  concurrency,
  role,
  rowSecurity = "refuse",
  fence,
  serverMessages = false,
}: QueryRunnerSettings): PostgresQueryRunner {
  // On a distributed server, where other nodes run parts of a statement, the guard is not known
  // everywhere: then it is left out, and BEGIN is waited for.
  let isGuarded = true;

  async function guarded<Result>(work: (isGuarded: boolean) => Promise<Result>): Promise<Result> {
    try {
      return await work(isGuarded);
    } catch (error) {
      if (!isGuarded || !ranElsewhere(error)) throw error;
      isGuarded = false;
      return work(false);
    }
  }

  const source = { pool, channel, role, rowSecurity, fence };
  const keeping = (isGuarded: boolean) => ({ keeps: isGuarded ? keeps : ("none" as const) });
  const asking = { ...source, timeoutMs: askTimeoutMs, maxBytes: undefined, runsSeveral: false };
  const lookups = new LookupPlans();
  const ownTypes = new OwnTypes();

  /** In a session of its own: that of the read has ended with its last statement. */
  const askShapes = (types: readonly number[], signal: AbortSignal) =>
    withReadSession({ ...asking, ...keeping(true), signal, waitsForBegin: true }, (own) => shapesOf(own, types));

  /** Whether all of them may stay prepared. A set is one statement, or the same one for each of its keys. */
  async function areLookups(statements: readonly Statement[], limits: QueryLimits, signal: AbortSignal) {
    const [statement] = statements;
    if (keeps === "none" || !isGuarded || statement === undefined) return false;
    if (statements.some(({ text }) => text !== statement.text)) return false;
    return lookups.has(statement, () => {
      const { text, values = [] } = limitedQuery(statement, { ...limits, isGuarded });
      const session = { ...asking, ...keeping(true), signal, waitsForBegin: true };
      return withReadSession(session, (own) => isLookup(own, text, values.length, keysAlias)).catch(() => false);
    });
  }

  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    run: async (statements, limits, signal) => {
      const read = (mayKeep: boolean) =>
        guarded((isGuarded) => {
          const { timeoutMs, maxBytes } = limits;
          const runsSeveral = statements.length > 1;
          const own = { ...keeping(isGuarded), timeoutMs, maxBytes, signal, waitsForBegin: !isGuarded, runsSeveral };
          const running = { ...limits, isGuarded, mayKeep, serverMessages, ownTypes };
          return withReadSession({ ...source, ...own }, (session) => runAll(session, statements, running));
        });
      const mayKeep = await areLookups(statements, limits, signal);
      const results = await read(mayKeep).catch((error: unknown) => {
        if (!mayKeep || !isOfPrepared(error)) throw error;
        return read(false);
      });
      return ownTypes.read(results, limits.numbers, (types) => askShapes(types, signal));
    },
    describe: (template, signal) =>
      describeTemplate(
        (work) =>
          translating(
            (error) => translateError(error, "query", { serverMessages }),
            () => withReadSession({ ...asking, ...keeping(isGuarded), signal, waitsForBegin: true }, work),
          ),
        template,
        serverMessages,
      ),
    estimate: async (statements, signal) => {
      const costIn = (statement: Statement, isGuarded: boolean) => {
        const session = { ...asking, ...keeping(isGuarded), signal, waitsForBegin: !isGuarded };
        return withReadSession(session, (own) => costOf(own, statement, isGuarded)).catch(refusal);
      };
      const costs: (number | undefined)[] = [];
      for (const statement of statements) {
        let cost = await costIn(statement, isGuarded);
        // Some servers can plan a statement on several nodes only as long as it has no guard.
        if (typeof cost !== "number" && isGuarded) {
          cost = await costIn(statement, false);
          if (typeof cost === "number") isGuarded = false;
        }
        if (cost === "refused") {
          // A key's own value may fail where the planner looks at it: that says nothing of the statement.
          const keyless = { ...statement, parameters: statement.parameters.map(() => null) };
          const withoutKeys = await costIn(keyless, isGuarded);
          cost = typeof withoutKeys === "number" ? unsure + withoutKeys : withoutKeys;
        }
        costs.push(typeof cost === "number" ? cost : undefined);
      }
      return costs;
    },
    explain: (statements, signal) =>
      guarded((isGuarded) =>
        withReadSession(
          { ...asking, ...keeping(isGuarded), signal, waitsForBegin: !isGuarded, runsSeveral: statements.length > 1 },
          async (own) => {
            const plans: string[] = [];
            for (const [index, statement] of statements.entries()) {
              const isLast = index === statements.length - 1;
              plans.push(await planOf(own, statement, { isGuarded, isLast, serverMessages }));
            }
            return plans;
          },
        ),
      ),
  };
}

/** For planning, which touches no rows. */
const askTimeoutMs = 10_000;
/**
 * What is added to a cost that was estimated without keys: the statement is accepted, and any form
 * that is better known goes first.
 */
const unsure = 1e9;

/**
 * What a plan cannot be made of is refused, or not supported in any way; what says nothing of the
 * statement is an error.
 */
function refusal(error: unknown): "refused" | "unsupported" {
  if (!isSynclineError(error)) throw error;
  if (!error.code.startsWith("query.") && error.code !== "database.failed") throw error;
  return sqlStateOf(error.cause) === "0A000" ? "unsupported" : "refused";
}

function ranElsewhere(error: unknown): boolean {
  return isSynclineError(error) && Reflect.get(Object(error.cause), "isAboutGuard") === "yes";
}

/**
 * The server no longer has what was prepared there, or not as it was: a table was altered, a
 * template has taken it away.
 */
function isOfPrepared(error: unknown): boolean {
  return isSynclineError(error) && Reflect.get(Object(error.cause), "isOfPrepared") === "yes";
}

async function costOf(session: ReadSession, statement: Statement, isGuarded: boolean): Promise<number | "refused"> {
  const query = limitedQuery(statement, { timeoutMs: askTimeoutMs, maxRows: mostRows, numbers: "string", isGuarded });
  const explain = { ...query, text: `EXPLAIN (FORMAT JSON) ${query.text}` };
  const { rows } = await translating(queryErrors, () => session.query(explain, true));
  const plans = (rows as readonly (readonly unknown[])[])[0]?.[0] as readonly { Plan?: { "Total Cost"?: unknown } }[];
  const cost = Number(plans[0]?.Plan?.["Total Cost"]);
  return Number.isFinite(cost) ? cost : "refused";
}

/** For a person. Planned, and not run. */
async function planOf(
  session: ReadSession,
  statement: Statement,
  { isGuarded, isLast, serverMessages }: { readonly [flag in "isGuarded" | "isLast" | "serverMessages"]: boolean },
): Promise<string> {
  const query = limitedQuery(statement, { timeoutMs: askTimeoutMs, maxRows: mostRows, numbers: "string", isGuarded });
  const { rows } = await translating(
    (error) => translateError(error, "query", { serverMessages }),
    () => session.query({ ...query, text: `EXPLAIN ${query.text}` }, isLast),
  );
  return (rows as readonly (readonly unknown[])[]).map(([line]) => String(line)).join("\n");
}

/** The limit of a large set: a plan for few rows would be another one. */
const mostRows = 20_000;

const queryErrors = (error: unknown) => translateError(error, "query");

interface GuardedLimits extends QueryLimits {
  readonly isGuarded: boolean;
  readonly mayKeep?: boolean;
  readonly serverMessages?: boolean;
}

interface RunningLimits extends GuardedLimits {
  readonly ownTypes: OwnTypes;
}

async function runAll(
  session: ReadSession,
  statements: readonly Statement[],
  limits: RunningLimits,
): Promise<readonly DriverResult[]> {
  const results: DriverResult[] = [];
  // Where the socket cannot be seen, what has come is measured: late, but before more is read.
  const byteLimit = session.isMetered ? undefined : new ByteLimit(limits.maxBytes);
  for (const [index, statement] of statements.entries()) {
    const result = await runOne(session, statement, limits, index === statements.length - 1);
    if (byteLimit !== undefined) for (const row of result.rows) byteLimit.add(row);
    results.push(result);
  }
  return results;
}

async function runOne(
  session: ReadSession,
  statement: Statement,
  limits: RunningLimits,
  isLast: boolean,
): Promise<DriverResult> {
  const query = limitedQuery(statement, limits);
  const { fields, rows } = await session.query(query, isLast, limits.mayKeep).catch((error: unknown) => {
    const sent = { text: query.text, prefix: query.text.indexOf(statement.text), locate: placesOf(statement) };
    throw translateError(error, "query", { serverMessages: limits.serverMessages, sent });
  });
  if (rows.length > limits.maxRows) {
    throw new SynclineError("query.row-limit", `The query yields more than ${limits.maxRows} rows.`);
  }
  const result = { columns: fields.map(({ name }) => name), rows: rows as QueryResult["rows"] };
  const types = limits.ownTypes.typesOf(fields);
  return types === undefined ? result : { ...result, types, moneyDigits: session.moneyDigits };
}

/**
 * The limit is the server's, so that no more is ever sent; it is one more than allowed, to tell "too many" from "just
 * enough". An outer LIMIT keeps the order of what it limits. As a subquery, a template can be nothing but a SELECT,
 * and the extended protocol takes nothing but one statement.
 */
function limitedQuery({ text, parameters }: Statement, { maxRows, numbers, isGuarded }: GuardedLimits): PgQuery {
  const guard = isGuarded ? ` WHERE ${hasBegun}` : "";
  return {
    text: `SELECT * FROM (\n${text}\n) AS "syncline rows"${guard} LIMIT $${parameters.length + 1}`,
    values: [...parameters, String(maxRows + 1)],
    rowMode: "array",
    queryMode: "extended",
    types: wireTypes(numbers),
  };
}

function placesOf(statement: Statement): LocateInTemplate {
  return (offset) => statement.locate?.(offset);
}
