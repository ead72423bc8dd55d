import type { LibraryTransaction } from "../recorder.ts";
import { padded } from "./padded.ts";
import { hasMethod, notInTransaction } from "./refusal.ts";

/** A `Knex.Transaction` of the client `mssql`. */
export interface KnexTransaction {
  raw(text: string, bindings: readonly unknown[]): PromiseLike<unknown>;
  /** Only a transaction has it. */
  isCompleted(): boolean;
}

/** Record on a transaction of Knex. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): LibraryTransaction {
  if (!hasMethod(trx, "raw") || !hasMethod(trx, "isCompleted") || trx.isCompleted())
    throw notInTransaction("knexTransaction", "the trx that knex.transaction(async (trx) => …) gives, before it ends");
  return {
    // The texts hold no `?`, which Knex would take for a parameter.
    runRecord: async ({ before, after, changes }) => await trx.raw(`${before}?${after}`, [padded(changes)]),
  };
}
