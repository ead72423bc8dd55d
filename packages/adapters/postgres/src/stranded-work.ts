import { attendedNames, countOf, gapsBetween, namesInParts, strandedBacklogOf } from "@syncline/core/adapter-kit";
import type { StrandedWork } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { ownStatement } from "./sql/statement.ts";
import { attend, discardStranded, listStranded, moveStranded } from "./sql/stranded-work.ts";

/** `schema` is a quoted identifier. */
export function strandedWorkWith(connections: Connections, schema: string): StrandedWork {
  const attending = ownStatement("attend", attend(schema));
  const listing = ownStatement("stranded", listStranded(schema));
  const moving = ownStatement("move_stranded", moveStranded(schema));
  const discarding = ownStatement("discard_stranded", discardStranded(schema));
  return {
    attend: async (worker, strategies, lapseMs, signal) => {
      const rows = await connections.run(attending, [worker, namesInParts(strategies), lapseMs], signal);
      return attendedNames(rows.map(([names]) => names));
    },
    list: async (known, signal) => {
      const { low, high } = gapsBetween(known);
      return (await connections.run(listing, [low, high], signal)).map(strandedBacklogOf);
    },
    move: async ({ strategy, withHeld, most }, target, signal) => {
      const values = [strategy, withHeld, most, target.strategy, target.category];
      return countOf(await connections.run(moving, values, signal));
    },
    discard: async ({ strategy, withHeld, most }, signal) =>
      countOf(await connections.run(discarding, [strategy, withHeld, most], signal)),
  };
}
