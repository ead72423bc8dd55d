import { hasMethod, notInTransaction } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

/** A transaction of Drizzle on MySQL or MariaDB, whatever its driver. */
export interface DrizzleTransaction<Query> {
  execute(query: Query): PromiseLike<unknown>;
  /** Only a transaction has it. */
  rollback(): never;
}

/** The `sql` of `drizzle-orm`. */
export type DrizzleSql<Query> = (texts: TemplateStringsArray, ...values: unknown[]) => Query;

/**
 * Record on a transaction of Drizzle. It takes Drizzle's own `sql` too, since only that can make a
 * statement with parameters. Errors: `recorder.connection` if it is no transaction.
 */
export function drizzleTransaction<Query>(tx: DrizzleTransaction<Query>, sql: DrizzleSql<Query>): MariadbTransaction {
  if (!hasMethod(tx, "execute") || !hasMethod(tx, "rollback"))
    throw notInTransaction("drizzleTransaction", "the tx that db.transaction(async (tx) => …) gives");
  return {
    execute: async (text, values) => {
      const texts = text.split("?");
      try {
        return await tx.execute(sql(Object.assign([...texts], { raw: texts }), ...values));
      } catch (error) {
        // From 0.44, Drizzle wraps what the driver throws.
        throw error instanceof Error && error.cause !== undefined ? error.cause : error;
      }
    },
  };
}
