import { hasMethod, notInTransaction } from "@syncline/core/adapter-kit";
import type { PgTransaction } from "../recorder.ts";
import { aroundParameters } from "./around-parameters.ts";

/** A transaction of Drizzle on PostgreSQL, whatever its driver. */
export interface DrizzleTransaction<Query> {
  execute(query: Query): PromiseLike<unknown>;
  /** Only a transaction has it. */
  rollback(): never;
}

/** The `sql` of `drizzle-orm`. */
export type DrizzleSql<Query> = (texts: TemplateStringsArray, ...values: unknown[]) => Query;

/**
 * Record on a transaction of Drizzle. It takes Drizzle's own `sql` too, since only that can make a statement with
 * parameters. Errors: `recorder.connection` if it is no transaction.
 */
export function drizzleTransaction<Query>(tx: DrizzleTransaction<Query>, sql: DrizzleSql<Query>): PgTransaction {
  if (!hasMethod(tx, "execute") || !hasMethod(tx, "rollback"))
    throw notInTransaction("drizzleTransaction", "the tx that db.transaction(async (tx) => …) gives");
  return {
    query: async (text, values = []) => {
      const around = aroundParameters(text, values);
      try {
        return await tx.execute(sql(Object.assign([...around.texts], { raw: around.texts }), ...around.values));
      } catch (error) {
        throw driverErrorOf(error);
      }
    },
  };
}

/** From 0.44, Drizzle wraps what the driver throws. */
function driverErrorOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
