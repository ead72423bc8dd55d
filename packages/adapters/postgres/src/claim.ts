import { claimOf } from "@syncline/core/adapter-kit";
import type { Claim, Poller } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { DueScan, type Seen } from "./due-scan.ts";
import { bigintArray, booleanArray, numberArray } from "./parameters.ts";
import { claimDue } from "./sql/claim-due.ts";
import { ownStatement } from "./sql/statement.ts";

export function claimWith(connections: Connections, schema: string): Poller["claim"] {
  const statement = ownStatement("claim", claimDue(schema));
  const scan = new DueScan();
  return async (demands, lease, signal) => {
    const { isFull, starts } = scan.begin(demands);
    const values = [
      demands.map((demand) => demand.strategy),
      bigintArray(demands.map((demand) => demand.count)),
      booleanArray(demands.map((demand) => demand.strict)),
      lease.token,
      lease.durationMs,
      numberArray(starts),
    ];
    const rows = await connections.run(statement, values, signal);
    const claims: Claim[] = [];
    const seen = new Map<string, Seen>();
    for (const [strategy, now, first, , wasDueAt, ...claim] of rows) {
      const isClaim = claim[0] !== null;
      if (isClaim) claims.push(claimOf(claim, lease.token));
      seen.set(String(strategy), {
        now: Number(now),
        first: first === null ? undefined : Number(first),
        claimed: (seen.get(String(strategy))?.claimed ?? 0) + (isClaim ? 1 : 0),
        lastClaimed: Number(wasDueAt ?? now),
      });
    }
    scan.end(isFull, Number(rows[0]?.[3] ?? 0));
    for (const demand of demands) {
      const saw = seen.get(demand.strategy);
      if (saw !== undefined) scan.saw(demand, saw);
    }
    return claims;
  };
}
