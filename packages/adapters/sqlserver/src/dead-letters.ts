import { checkSelection, countOf, deadLetterOf, pageOf, pageQuery } from "@syncline/core/adapter-kit";
import type { BacklogStore, DeadLetterSelection } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import type { ParameterValues } from "./parameter-types.ts";
import { deadLetters, discardDeadLetters, requeueDeadLetters } from "./sql/dead-letters.ts";

export function deadLetterStore(
  connections: Connections,
  schema: string,
): Pick<BacklogStore, "deadLetters" | "requeue" | "discard"> {
  const page = deadLetters(schema);
  const requeue = requeueDeadLetters(schema);
  const discard = discardDeadLetters(schema);
  return {
    async deadLetters(query, signal) {
      const wanted = pageQuery(query);
      const values = { after: wanted.after, strategy: wanted.strategy ?? null, limit: wanted.limit };
      return pageOf((await connections.run(page, values, signal)).map(deadLetterOf), wanted);
    },
    requeue: async (selection, signal) => countOf(await connections.run(requeue, chosen(selection), signal)),
    discard: async (selection, signal) => countOf(await connections.run(discard, chosen(selection), signal)),
  };
}

function chosen(selection: DeadLetterSelection): ParameterValues {
  const { ids, strategy } = checkSelection(selection);
  return { ids: ids === undefined ? null : JSON.stringify(ids), strategy: strategy ?? null };
}
