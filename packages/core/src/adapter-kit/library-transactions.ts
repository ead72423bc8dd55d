import { SynclineError } from "../model/errors.ts";

/**
 * Shapes of what query builders and ORMs call a transaction, whatever their database, and how they are told from what is none. No
 * package of theirs is needed.
 */

/** A change recorded outside the business transaction is one that a rollback does not take back. */
export function notInTransaction(bridge: string, wanted: string): SynclineError {
  return new SynclineError(
    "recorder.connection",
    `${bridge}() got something that is not in a transaction. Pass ${wanted}, so that the change is recorded if and only if the business transaction commits.`,
  );
}

/** Whether the value has the method; a library's transaction may be a proxy or a function. */
export function hasMethod(value: unknown, name: string): boolean {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && typeof Reflect.get(value, name) === "function";
}

/** What `CompiledQuery.raw(text, values)` of Kysely makes. */
export interface KyselyQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: {
    readonly kind: "RawNode";
    readonly sqlFragments: readonly string[];
    readonly parameters: readonly [];
  };
  readonly queryId: { readonly queryId: string };
}

/** A `Transaction` of Kysely, a controlled one too. */
export interface KyselyTransaction {
  readonly isTransaction: true;
  executeQuery(query: KyselyQuery): Promise<unknown>;
}

/** Runs one statement on a transaction of Kysely. Errors: `recorder.connection` if it is none. */
export function onKysely(trx: KyselyTransaction): (text: string, values: readonly unknown[]) => Promise<unknown> {
  if (trx?.isTransaction !== true)
    throw notInTransaction("kyselyTransaction", "the trx that db.transaction().execute(async (trx) => …) gives");
  return (text, values) => trx.executeQuery(compiledQuery(text, values));
}

/** A compiled query skips Kysely's plugins: none of them may rewrite our schema or our names. */
function compiledQuery(sql: string, parameters: readonly unknown[]): KyselyQuery {
  return {
    sql,
    parameters,
    query: { kind: "RawNode", sqlFragments: [sql], parameters: [] },
    // A new object each time: plugins that look at results remember queries by it.
    queryId: { queryId: "syncline" },
  };
}

/** A `Knex.Transaction`. */
export interface KnexTransaction {
  raw(text: string, bindings: readonly unknown[]): PromiseLike<unknown>;
  /** Only a transaction has it. */
  isCompleted(): boolean;
}

/** Runs one statement, its parameters written `?`, on a transaction of Knex. Errors: `recorder.connection` if it is none, or has ended. */
export function onKnex(trx: KnexTransaction): (text: string, values: readonly unknown[]) => PromiseLike<unknown> {
  if (!hasMethod(trx, "raw") || !hasMethod(trx, "isCompleted") || trx.isCompleted()) throw noKnexTransaction();
  return (text, values) => trx.raw(text, values);
}

export function noKnexTransaction(): SynclineError {
  return notInTransaction("knexTransaction", "the trx that knex.transaction(async (trx) => …) gives, before it ends");
}

/** A `QueryRunner` of TypeORM. */
export interface TypeormRunner {
  readonly isTransactionActive: boolean;
  query(text: string, parameters?: unknown[]): Promise<unknown>;
}

/** An `EntityManager` of TypeORM. */
export interface TypeormManager {
  /** The data source's own manager has none: each of its queries may run on another connection. */
  readonly queryRunner?: { readonly isTransactionActive: boolean };
  query(text: string, parameters?: unknown[]): Promise<unknown>;
}

/** Runs one statement on a transaction of TypeORM: a manager's or a query runner's. Errors: `recorder.connection` if none is active. */
export function onTypeorm(
  tx: TypeormManager | TypeormRunner,
): (text: string, values: readonly unknown[]) => Promise<unknown> {
  if (!hasMethod(tx, "query") || !isActive(tx)) throw noTypeormTransaction();
  return (text, values) => tx.query(text, [...values]);
}

export function noTypeormTransaction(): SynclineError {
  return notInTransaction("typeormTransaction", "the manager that dataSource.transaction(async (manager) => …) gives");
}

function isActive(tx: TypeormManager | TypeormRunner): boolean {
  const runner = "isTransactionActive" in tx ? tx : tx.queryRunner;
  return runner?.isTransactionActive === true;
}

/** A transaction of Drizzle whose statements run by `execute`. */
export interface DrizzleTransaction<Query> {
  execute(query: Query): PromiseLike<unknown>;
  /** Only a transaction has it. */
  rollback(): never;
}

/** The `sql` of `drizzle-orm`: only that can make a statement with parameters. */
export type DrizzleSql<Query> = (texts: TemplateStringsArray, ...values: unknown[]) => Query;

/**
 * Makes a statement of Drizzle, cut at its parameters: one more text than there are values. Errors:
 * `recorder.connection` if it is no transaction.
 *
 * @param method by which it runs statements.
 */
export function onDrizzle<Query>(
  tx: unknown,
  method: "execute" | "run",
  sql: DrizzleSql<Query>,
): (texts: readonly string[], values: readonly unknown[]) => Query {
  if (!hasMethod(tx, method) || !hasMethod(tx, "rollback"))
    throw notInTransaction("drizzleTransaction", "the tx that db.transaction(async (tx) => …) gives");
  return (texts, values) => sql(Object.assign([...texts], { raw: texts }), ...values);
}

/** From 0.44, Drizzle wraps what the driver throws. */
export function drizzleError(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/** What an interactive transaction of Prisma gives: `Prisma.TransactionClient`. */
export interface PrismaTransaction {
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<number>;
  /** The client itself has one: each of its queries is a transaction of its own. */
  readonly $connect?: never;
}

/**
 * Runs one statement in an interactive transaction of Prisma. Errors: `recorder.connection` if it is
 * none.
 *
 * @param errorOf what the driver would have thrown; `undefined`: the code is none of the server's.
 * Prisma's own says only that a raw query failed; what the server said lies within.
 */
export function onPrisma(
  tx: PrismaTransaction,
  errorOf: (code: unknown, message: string, cause: unknown) => Error | undefined,
): (text: string, values: readonly unknown[]) => Promise<number> {
  if (!hasMethod(tx, "$executeRawUnsafe") || hasMethod(tx, "$connect"))
    throw notInTransaction("prismaTransaction", "the tx that prisma.$transaction(async (tx) => …) gives");
  return async (text, values) => {
    try {
      return await tx.$executeRawUnsafe(text, ...values);
    } catch (error) {
      const said = ["meta", "driverAdapterError", "cause"].reduce(property, error);
      const message = property(said, "originalMessage");
      if (typeof message !== "string") throw error;
      throw errorOf(property(said, "originalCode"), message, error) ?? error;
    }
  };
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
