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

/** All that are chosen, or none, in one transaction. */
function changeWith(
  connections: Connections,
  statements: { readonly ids: OwnStatement; readonly strategy: OwnStatement },
): BacklogStore["requeue"] {
  return async (selection, signal) => {
    const { ids, strategy } = checkSelection(selection);
    return connections.transaction(async (run) => {
      if (ids === undefined) return { result: Number((await run(statements.strategy, { strategy })).out.changed) };
      let changed = 0;
      for (const { items } of chunksOf(ids)) changed += Number((await run(statements.ids, { ids: items })).out.changed);
      return { result: changed };
    }, signal);
  };
}
