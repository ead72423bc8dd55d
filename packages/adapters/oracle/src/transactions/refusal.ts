import { SynclineError } from "@syncline/core/spi";
import type { OracleBinds } from "../driver.ts";
import type { OracleTransaction } from "../recorder.ts";

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

/** The transaction's own `oracledb` connection: neither library can run one statement for an array of binds. */
export function onConnection(bridge: string, connect: () => PromiseLike<unknown>): OracleTransaction {
  return {
    executeMany: async (text: string, rows: object[], options: OracleBinds) => {
      const connection = await connect();
      if (!hasMethod(connection, "executeMany"))
        throw new SynclineError(
          "recorder.connection",
          `${bridge}() got a transaction that is not on an oracledb connection.`,
        );
      return (connection as OracleTransaction).executeMany(text, rows, options);
    },
  };
}
