import { hasMethod, noKnexTransaction } from "@syncline/core/adapter-kit";
import type { OracleTransaction } from "../recorder.ts";
import { onConnection } from "./on-connection.ts";

/** A `Knex.Transaction` of the client `oracledb`. */
export interface KnexTransaction {
  /** In a transaction, it always gives the transaction's own connection. */
  readonly client: unknown;
  /** Only a transaction has it. */
  isCompleted(): boolean;
}

/** Record on a transaction of Knex. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): OracleTransaction {
  if (!hasMethod(trx, "isCompleted") || trx.isCompleted() || !hasMethod(trx.client, "acquireConnection"))
    throw noKnexTransaction();
  const client = trx.client as { acquireConnection(): PromiseLike<unknown> };
  return onConnection("knexTransaction", () => client.acquireConnection());
}
