import { type KnexTransaction, onKnex } from "@syncline/core/adapter-kit";
import type { SqliteExecutor } from "../recorder.ts";

export type { KnexTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Knex with the client `better-sqlite3`. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): SqliteExecutor {
  const run = onKnex(trx);
  return { run: (text, value) => run(text, [value]) };
}
