import { type KnexTransaction, onKnex } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

export type { KnexTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Knex. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): MariadbTransaction {
  const run = onKnex(trx);
  return { execute: async (text, values) => await run(text, values) };
}
