import { type DrizzleSql, type DrizzleTransaction, drizzleError, onDrizzle } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

export type { DrizzleSql, DrizzleTransaction } from "@syncline/core/adapter-kit";

/**
 * Record on a transaction of Drizzle on MySQL or MariaDB, whatever its driver. It takes Drizzle's
 * own `sql` too. Errors: `recorder.connection` if it is no transaction.
 */
export function drizzleTransaction<Query>(tx: DrizzleTransaction<Query>, sql: DrizzleSql<Query>): MariadbTransaction {
  const queryOf = onDrizzle(tx, "execute", sql);
  return {
    execute: async (text, values) => {
      try {
        return await tx.execute(queryOf(text.split("?"), values));
      } catch (error) {
        throw drizzleError(error);
      }
    },
  };
}
