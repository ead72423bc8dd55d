import { claimColumns, claimOf } from "@syncline/core/adapter-kit";
import { type Claim, type Demand, type Poller, SynclineError } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { claimDue, claimLine } from "./sql/claim-due.ts";
import type { Place } from "./sql/names.ts";
import { mostElements } from "./sql/statement.ts";

export function claimWith(connections: Connections, place: Place): Poller["claim"] {
  const statement = claimDue(place);
  return async (demands, lease, signal) => {
    const claims: Claim[] = [];
    for (const together of withinOneAnswer(demands)) {
      const { out } = await connections.run(
        statement,
        {
          strategies: together.map(({ strategy }) => strategy),
          counts: together.map(({ count }) => count),
          token: lease.token,
          lease_ms: lease.durationMs,
        },
        signal,
      );
      const lines = (out.claims ?? []) as readonly string[];
      claims.push(...lines.map((line) => claimOfLine(line, lease.token)));
    }
    return claims;
  };
}

/** Demands of no more claims together than one answer holds. One that asks for more gets less, as it may. */
function withinOneAnswer(demands: readonly Demand[]): readonly (readonly Demand[])[] {
  const groups: Demand[][] = [];
  let room = 0;
  for (const demand of demands) {
    const count = Math.min(demand.count, mostElements);
    if (count > room) {
      groups.push([]);
      room = mostElements;
    }
    groups.at(-1)?.push({ ...demand, count });
    room -= count;
  }
  return groups;
}

const line = new RegExp(`^${"(\\S+) ".repeat(claimLine.length - 1)}(.*)$`, "s");
const places = claimColumns.names.map((column) => 1 + claimLine.indexOf(column));

function claimOfLine(text: string, token: string): Claim {
  const values = line.exec(text);
  if (values === null) throw new SynclineError("database.failed", "A claim did not come back as it was written.");
  return claimOf(
    places.map((place) => values[place]),
    token,
  );
}
