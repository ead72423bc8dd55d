import { onTypeorm, type TypeormManager, type TypeormRunner } from "@syncline/core/adapter-kit";
import type { LibraryTransaction } from "../recorder.ts";
import { padded } from "./padded.ts";

export type { TypeormManager, TypeormRunner } from "@syncline/core/adapter-kit";

/**
 * Record on a transaction of TypeORM: the manager that `dataSource.transaction` gives, or a query runner that began one.
 * Errors: `recorder.connection` if no transaction is active.
 */
export function typeormTransaction(tx: TypeormManager | TypeormRunner): LibraryTransaction {
  const run = onTypeorm(tx);
  return { runRecord: ({ before, after, changes }) => run(`${before}@0${after}`, [padded(changes)]) };
}
