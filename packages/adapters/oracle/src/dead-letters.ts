import { checkSelection, deadLetterOf, pageOf, pageQuery } from "@syncline/core/adapter-kit";
import type { BacklogStore } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { chunksOf } from "./positions.ts";
import { deadLetters, discard, requeue } from "./sql/dead-letters.ts";
import type { Place } from "./sql/names.ts";
import type { OwnStatement } from "./sql/statement.ts";

export function deadLetterStore(
  connections: Connections,
  place: Place,
): Pick<BacklogStore, "deadLetters" | "requeue" | "discard"> {
  const page = deadLetters(place);
  return {
    async deadLetters(query, signal) {
      const { after, strategy, limit } = pageQuery(query);
      const values = { after_id: after, strategy: strategy ?? null, most: limit };
      const { rows } = await connections.run(page, values, signal);
      return pageOf(rows.map(deadLetterOf), { after, strategy, limit });
    },
    requeue: changeWith(connections, { ids: requeue(place, "ids"), strategy: requeue(place, "strategy") }),
    discard: changeWith(connections, { ids: discard(place, "ids"), strategy: discard(place, "strategy") }),
  };
}

/** What one block may well change within its time, and a dispatch that folds into it wait for. */
const mostAtOnce = 5_000;

/**
 * By ids all or none, in one transaction; by strategy in portions, each in its own: there may be
 * millions.
 */
function changeWith(
  connections: Connections,
  statements: { readonly ids: OwnStatement; readonly strategy: OwnStatement },
): BacklogStore["requeue"] {
  return async (selection, signal) => {
    const { ids, strategy } = checkSelection(selection);
    if (ids === undefined) return changeAll(connections, statements.strategy, strategy, signal);
    return connections.transaction(async (run) => {
      let changed = 0;
      for (const { items } of chunksOf(ids)) changed += Number((await run(statements.ids, { ids: items })).out.changed);
      return { result: changed };
    }, signal);
  };
}

async function changeAll(
  connections: Connections,
  statement: OwnStatement,
  strategy: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  for (let total = 0; ; ) {
    const { out } = await connections.run(statement, { strategy: strategy ?? null, most: mostAtOnce }, signal);
    total += Number(out.changed);
    if (Number(out.changed) < mostAtOnce) return total;
  }
}
