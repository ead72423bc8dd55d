import { attendedNames, countOf, gapsBetween, namesInParts, strandedBacklogOf } from "@syncline/core/adapter-kit";
import type { StrandedPortion, StrandedWork } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { attend, discardStranded, listStranded, moveStranded } from "./sql/stranded-work.ts";

/** `schema` is a quoted identifier. */
export function strandedWorkWith(connections: Connections, schema: string): StrandedWork {
  const attending = attend(schema);
  const listing = listStranded(schema);
  const moving = moveStranded(schema);
  const discarding = discardStranded(schema);
  return {
    attend: async (worker, strategies, lapseMs, signal) => {
      const values = { worker, parts: JSON.stringify(namesInParts(strategies)), lapse_ms: lapseMs };
      return attendedNames((await connections.run(attending, values, signal)).map(([names]) => names));
    },
    list: async (known, signal) => {
      const { low, high } = gapsBetween(known);
      const gaps = JSON.stringify(low.map((each, index) => ({ l: each, h: high[index] })));
      return (await connections.run(listing, { gaps }, signal)).map(strandedBacklogOf);
    },
    move: async (given, target, signal) => {
      const values = { ...portion(given), target: target.strategy, category: target.category };
      return countOf(await connections.run(moving, values, signal));
    },
    discard: async (given, signal) => countOf(await connections.run(discarding, portion(given), signal)),
  };
}

function portion({ strategy, withHeld, most }: StrandedPortion) {
  return { strategy, with_held: withHeld ? 1 : 0, most };
}
