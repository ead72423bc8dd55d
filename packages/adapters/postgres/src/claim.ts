import { claimColumns, claimOf } from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import type { Connections, TextRow } from "./connections.ts";
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
    const rows = await connections.runByKeys(statement, values, signal);
    const seen = new Map<string, Seen>();
    const isClaim = ([id]: TextRow) => id !== null;
    const claimed = new Map<string, { count: number; lastDueAt: number }>();
    for (const row of rows.filter(isClaim)) {
      const count = (claimed.get(String(row[claimColumns.at.strategy]))?.count ?? 0) + 1;
      claimed.set(String(row[claimColumns.at.strategy]), { count, lastDueAt: Number(row.at(-1)) });
    }
    for (const [, strategy, now, first, took] of rows.filter((row) => !isClaim(row))) {
      scan.end(isFull, Number(took));
      const { count = 0, lastDueAt = Number(now) } = claimed.get(String(strategy)) ?? {};
      seen.set(String(strategy), {
        now: Number(now),
        first: first === null ? undefined : Number(first),
        claimed: count,
        lastClaimed: lastDueAt,
      });
    }
    for (const demand of demands) {
      const saw = seen.get(demand.strategy);
      if (saw !== undefined) scan.saw(demand, saw);
    }
    return rows.filter(isClaim).map((row) => claimOf(row, lease.token));
  };
}
