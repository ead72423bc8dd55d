import { onTypeorm, type TypeormManager, type TypeormRunner } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

export type { TypeormManager, TypeormRunner } from "@syncline/core/adapter-kit";

/**
 * Record on a transaction of TypeORM: the manager that `dataSource.transaction` gives, or a query runner that began one.
 * Errors: `recorder.connection` if no transaction is active.
 */
export function typeormTransaction(tx: TypeormManager | TypeormRunner): MariadbTransaction {
  return { execute: onTypeorm(tx) };
}
