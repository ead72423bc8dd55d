import type { PgTransaction } from "../recorder.ts";
import { aroundParameters } from "./around-parameters.ts";
import { hasMethod, notInTransaction } from "./refusal.ts";

/** A `Knex.Transaction` of the client `pg`. */
export interface KnexTransaction {
  raw(text: string, bindings: readonly unknown[]): PromiseLike<unknown>;
  /** Only a transaction has it. */
  isCompleted(): boolean;
}

/** Record on a transaction of Knex. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): PgTransaction {
  if (!hasMethod(trx, "raw") || !hasMethod(trx, "isCompleted") || trx.isCompleted())
    throw notInTransaction("knexTransaction", "the trx that knex.transaction(async (trx) => …) gives, before it ends");
  return {
    query: async (text, values = []) => {
      const around = aroundParameters(text, values);
      return await trx.raw(around.texts.map(escapeQuestionMarks).join("?"), around.values);
    },
  };
}

/** Knex takes every `?` for a parameter, in strings and operators too, unless there is a backslash before it. */
function escapeQuestionMarks(text: string): string {
  return text.replaceAll("?", "\\?");
}
