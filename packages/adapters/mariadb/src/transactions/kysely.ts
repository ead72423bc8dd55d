import { type KyselyTransaction, onKysely } from "@syncline/core/adapter-kit";
import type { MariadbTransaction } from "../recorder.ts";

export type { KyselyQuery, KyselyTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Kysely. Errors: `recorder.connection` if it is none. */
export function kyselyTransaction(trx: KyselyTransaction): MariadbTransaction {
  return { execute: onKysely(trx) };
}
