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
