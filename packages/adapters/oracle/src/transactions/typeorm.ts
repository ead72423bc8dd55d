import { hasMethod, noTypeormTransaction } from "@syncline/core/adapter-kit";
import type { OracleTransaction } from "../recorder.ts";
import { onConnection } from "./on-connection.ts";

/** A `QueryRunner` of TypeORM. */
export interface TypeormRunner {
  readonly isTransactionActive: boolean;
  /** The connection it works on. */
  connect(): Promise<unknown>;
}

/** An `EntityManager` of TypeORM. */
export interface TypeormManager {
  /** The data source's own manager has none: each of its queries may run on another connection. */
  readonly queryRunner?: TypeormRunner;
}

/**
 * Record on a transaction of TypeORM: the manager that `dataSource.transaction` gives, or a query runner that began one.
 * Errors: `recorder.connection` if no transaction is active: TypeORM then commits each statement by itself.
 */
export function typeormTransaction(tx: TypeormManager | TypeormRunner): OracleTransaction {
  const runner = runnerOf(tx);
  if (runner === undefined || !hasMethod(runner, "connect") || runner.isTransactionActive !== true)
    throw noTypeormTransaction();
  return onConnection("typeormTransaction", () => runner.connect());
}

function runnerOf(tx: TypeormManager | TypeormRunner): TypeormRunner | undefined {
  if (typeof tx !== "object" || tx === null) return undefined;
  return "isTransactionActive" in tx ? tx : tx.queryRunner;
}
