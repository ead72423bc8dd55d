import { checkSelection, countOf, deadLetterOf, pageOf, pageQuery } from "@syncline/core/adapter-kit";
import type { BacklogStore, DeadLetterSelection } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { bigintArray } from "./parameters.ts";
import { deadLetters, discardDeadLetters, requeueDeadLetters } from "./sql/dead-letters.ts";
import { ownStatement } from "./sql/statement.ts";

export function deadLetterStore(
  connections: Connections,
  schema: string,
): Pick<BacklogStore, "deadLetters" | "requeue" | "discard"> {
  const page = ownStatement("dead_letters", deadLetters(schema));
  const requeue = ownStatement("requeue", requeueDeadLetters(schema));
  const discard = ownStatement("discard", discardDeadLetters(schema));
  return {
    async deadLetters(query, signal) {
      const wanted = pageQuery(query);
      const rows = await connections.run(page, [wanted.after, wanted.strategy ?? null, wanted.limit], signal);
      return pageOf(rows.map(deadLetterOf), wanted);
    },
    requeue: async (selection, signal) => countOf(await connections.run(requeue, chosen(selection), signal)),
    discard: async (selection, signal) => countOf(await connections.run(discard, chosen(selection), signal)),
  };
}

function chosen(selection: DeadLetterSelection): readonly unknown[] {
  const { ids, strategy } = checkSelection(selection);
  return ids === undefined ? [null, strategy] : [bigintArray(ids), null];
}
