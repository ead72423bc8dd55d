import { attendedNames, gapsBetween, namesInParts, strandedBacklogOf } from "@syncline/core/adapter-kit";
import type { StrandedBacklog, StrandedPortion, StrandedWork } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { chunksOf } from "./positions.ts";
import type { Place } from "./sql/names.ts";
import { attend, attendance, discardStranded, listStranded, moveStranded, withdraw } from "./sql/stranded-work.ts";

export function strandedWorkWith(connections: Connections, place: Place): StrandedWork {
  const withdrawing = withdraw(place);
  const attending = attend(place);
  const others = attendance(place);
  const listing = listStranded(place);
  const moving = moveStranded(place);
  const discarding = discardStranded(place);
  return {
    attend: (worker, strategies, lapseMs, signal) =>
      connections.transaction(async (run) => {
        const rows = namesInParts(strategies).map((part, index) => {
          return { worker, part: index, strategies: part, lapse_ms: lapseMs };
        });
        await run(withdrawing, { worker });
        if (rows.length > 0) await run(attending, rows);
        return { result: attendedNames((await run(others, { worker })).rows.map(([names]) => names)) };
      }, signal),
    list: async (known, signal) => {
      const { low, high } = gapsBetween(known);
      const found: StrandedBacklog[] = [];
      for (const { items, offset } of chunksOf(low)) {
        const values = { lows: items, highs: high.slice(offset, offset + items.length) };
        const { lines } = (await connections.run(listing, values, signal)).out;
        found.push(...((lines ?? []) as readonly string[]).map(backlogOf));
      }
      return found;
    },
    move: async (given, target, signal) => {
      const values = { ...portion(given), target: target.strategy, category: target.category };
      return Number((await connections.run(moving, values, signal)).out.taken);
    },
    discard: async (given, signal) => Number((await connections.run(discarding, portion(given), signal)).out.taken),
  };
}

function portion({ strategy, withHeld, most }: StrandedPortion) {
  return { strategy, with_held: withHeld ? 1 : 0, most };
}

/** A line of `listStranded`. */
function backlogOf(line: string): StrandedBacklog {
  const [strategy, pending, leased, dead, held, now = "", oldest = "", ...key] = line.split(" ");
  const ageMs = Math.max(0, Date.parse(now) - Date.parse(oldest));
  return strandedBacklogOf([strategy, pending, leased, dead, held, ageMs, key.join(" ")]);
}
