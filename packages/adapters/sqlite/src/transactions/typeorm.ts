import { onTypeorm, type TypeormManager, type TypeormRunner } from "@syncline/core/adapter-kit";
import type { SqliteExecutor } from "../recorder.ts";

export type { TypeormManager, TypeormRunner } from "@syncline/core/adapter-kit";

/**
 * Record on a transaction of TypeORM with the type `better-sqlite3`: the manager that `dataSource.transaction` gives, or a query
 * runner that began one. Errors: `recorder.connection` if no transaction is active.
 */
export function typeormTransaction(tx: TypeormManager | TypeormRunner): SqliteExecutor {
  const run = onTypeorm(tx);
  return { run: (text, value) => run(text, [value]) };
}
