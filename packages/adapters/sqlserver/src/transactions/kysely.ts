import { type KyselyTransaction, onKysely } from "@syncline/core/adapter-kit";
import type { LibraryTransaction } from "../recorder.ts";
import { padded } from "./padded.ts";

export type { KyselyQuery, KyselyTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Kysely. Errors: `recorder.connection` if it is none. */
export function kyselyTransaction(trx: KyselyTransaction): LibraryTransaction {
  const run = onKysely(trx);
  return { runRecord: ({ before, after, changes }) => run(`${before}@1${after}`, [padded(changes)]) };
}
