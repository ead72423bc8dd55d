import type { LibraryTransaction } from "../recorder.ts";
import { padded } from "./padded.ts";
import { hasMethod, notInTransaction } from "./refusal.ts";

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

/**
 * Record on a transaction of TypeORM: the manager that `dataSource.transaction` gives, or a query runner that began one.
 * Errors: `recorder.connection` if no transaction is active.
 */
export function typeormTransaction(tx: TypeormManager | TypeormRunner): LibraryTransaction {
  if (!hasMethod(tx, "query") || !isActive(tx))
    throw notInTransaction("typeormTransaction", "the manager that dataSource.transaction(async (manager) => …) gives");
  return { runRecord: ({ before, after, changes }) => tx.query(`${before}@0${after}`, [padded(changes)]) };
}

function isActive(tx: TypeormManager | TypeormRunner): boolean {
  const runner = "isTransactionActive" in tx ? tx : tx.queryRunner;
  return runner?.isTransactionActive === true;
}
