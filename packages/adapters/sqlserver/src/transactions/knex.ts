import { type KnexTransaction, onKnex } from "@syncline/core/adapter-kit";
import type { LibraryTransaction } from "../recorder.ts";
import { padded } from "./padded.ts";

export type { KnexTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Knex with the client `mssql`. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): LibraryTransaction {
  const run = onKnex(trx);
  return {
    // The texts hold no `?`, which Knex would take for a parameter.
    runRecord: async ({ before, after, changes }) => await run(`${before}?${after}`, [padded(changes)]),
  };
}
