import { type KyselyTransaction, onKysely } from "@syncline/core/adapter-kit";
import type { PgTransaction } from "../recorder.ts";

export type { KyselyQuery, KyselyTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Kysely. Errors: `recorder.connection` if it is none. */
export function kyselyTransaction(trx: KyselyTransaction): PgTransaction {
  const run = onKysely(trx);
  return { query: (text, values = []) => run(text, values) };
}
