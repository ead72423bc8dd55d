import { type KyselyTransaction, onKysely } from "@syncline/core/adapter-kit";
import type { SqliteExecutor } from "../recorder.ts";

export type { KyselyQuery, KyselyTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Kysely. Errors: `recorder.connection` if it is none. */
export function kyselyTransaction(trx: KyselyTransaction): SqliteExecutor {
  const run = onKysely(trx);
  return { run: (text, value) => run(text, [value]) };
}
