import { type BacklogStore, type DeadLetter, type DeadLetterSelection, SynclineError } from "@syncline/core/spi";
import type { Connections, TextRow } from "./connections.ts";
import { bigintArray } from "./parameters.ts";
import { deadLetters, discardDeadLetters, requeueDeadLetters } from "./sql/dead-letters.ts";
import { ownStatement } from "./sql/statement.ts";

const defaultLimit = 100;
const maxLimit = 1_000;

export function deadLetterStore(
  connections: Connections,
  schema: string,
): Pick<BacklogStore, "deadLetters" | "requeue" | "discard"> {
  const page = ownStatement("dead_letters", deadLetters(schema));
  const requeue = ownStatement("requeue", requeueDeadLetters(schema));
  const discard = ownStatement("discard", discardDeadLetters(schema));
  return {
    async deadLetters(query, signal) {
      const limit = Math.min(query.limit ?? defaultLimit, maxLimit);
      if (query.after !== undefined) refuseOtherThanIds([query.after], "after");
      const values = [query.after ?? "0", query.strategy ?? null, limit + 1];
      const rows = await connections.run(page, values, signal);
      const items = rows.slice(0, limit).map(deadLetterOf);
      return { items, next: rows.length > limit ? items.at(-1)?.id : undefined };
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
  if (!("ids" in selection)) return [null, selection.strategy];
  refuseOtherThanIds(selection.ids, "ids");
  return [bigintArray(selection.ids), null];
}

function refuseOtherThanIds(ids: readonly string[], at: string): void {
  const problems = ids.flatMap((id, index) =>
    /^\d{1,18}$/.test(id)
      ? []
      : [{ at: `${at}[${index}]`, message: `${JSON.stringify(id)} is not the id of a delivery.` }],
  );
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "These are not ids of dead letters.", { problems });
}

function count(rows: readonly TextRow[]): number {
  return Number(rows[0]?.[0] ?? 0);
}
