import { type KnexTransaction, onKnex } from "@syncline/core/adapter-kit";
import type { PgTransaction } from "../recorder.ts";
import { aroundParameters } from "./around-parameters.ts";

export type { KnexTransaction } from "@syncline/core/adapter-kit";

/** Record on a transaction of Knex with the client `pg`. Errors: `recorder.connection` if it is none, or has ended. */
export function knexTransaction(trx: KnexTransaction): PgTransaction {
  const run = onKnex(trx);
  return {
    query: async (text, values = []) => {
      const around = aroundParameters(text, values);
      return await run(around.texts.map(escapeQuestionMarks).join("?"), around.values);
    },
  };
}

/** Knex takes every `?` for a parameter, in strings and operators too, unless there is a backslash before it. */
function escapeQuestionMarks(text: string): string {
  return text.replaceAll("?", "\\?");
}
