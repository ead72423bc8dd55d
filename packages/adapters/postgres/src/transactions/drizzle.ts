import { type DrizzleSql, type DrizzleTransaction, drizzleError, onDrizzle } from "@syncline/core/adapter-kit";
import type { PgTransaction } from "../recorder.ts";
import { aroundParameters } from "./around-parameters.ts";

export type { DrizzleSql, DrizzleTransaction } from "@syncline/core/adapter-kit";

/**
 * Record on a transaction of Drizzle on PostgreSQL, whatever its driver. It takes Drizzle's own
 * `sql` too. Errors: `recorder.connection` if it is no transaction.
 */
export function drizzleTransaction<Query>(tx: DrizzleTransaction<Query>, sql: DrizzleSql<Query>): PgTransaction {
  const queryOf = onDrizzle(tx, "execute", sql);
  return {
    query: async (text, given = []) => {
      const { texts, values } = aroundParameters(text, given);
      try {
        return await tx.execute(queryOf(texts, values));
      } catch (error) {
        throw drizzleError(error);
      }
    },
  };
}
