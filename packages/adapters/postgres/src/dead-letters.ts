import { checkSelection, pageOf, pageQuery } from "@syncline/core/adapter-kit";
import type { BacklogStore, DeadLetter, DeadLetterSelection } from "@syncline/core/spi";
import type { Connections, TextRow } from "./connections.ts";
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
    requeue: async (selection, signal) => count(await connections.run(requeue, chosen(selection), signal)),
    discard: async (selection, signal) => count(await connections.run(discard, chosen(selection), signal)),
  };
}

function deadLetterOf(row: TextRow): DeadLetter {
  const [id, strategy, key, state, operation, attempts, epoch, kind, code, message, diedAt] = row;
  return {
    id: String(id),
    strategy: String(strategy),
    key: String(key),
    state: state === "held" ? "held" : "dead",
    operation: operation === "delete" ? "delete" : "upsert",
    attempts: Number(attempts),
    epoch: Number(epoch),
    failure: { kind: String(kind), code: String(code), message: String(message) },
    diedAt: Number(diedAt),
  };
}

function chosen(selection: DeadLetterSelection): readonly unknown[] {
  const { ids, strategy } = checkSelection(selection);
  return ids === undefined ? [null, strategy] : [bigintArray(ids), null];
}

function count(rows: readonly TextRow[]): number {
  return Number(rows[0]?.[0] ?? 0);
}
