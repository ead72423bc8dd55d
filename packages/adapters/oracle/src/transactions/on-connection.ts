import { hasMethod } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import type { OracleBinds } from "../driver.ts";
import type { OracleTransaction } from "../recorder.ts";

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
