import { claimOf } from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { wholeMs } from "./milliseconds.ts";
import { claimDue } from "./sql/claim-due.ts";

export function claimWith(connections: Connections, schema: string): Poller["claim"] {
  const statement = claimDue(schema);
  return async (demands, lease, signal) => {
    const values = {
      demands: JSON.stringify(demands.map(({ strategy, count, strict }) => ({ s: strategy, n: count, o: strict }))),
      token: lease.token,
      lease_ms: wholeMs(lease.durationMs),
    };
    const rows = await connections.run(statement, values, signal);
    return rows.map((row) => claimOf(row, lease.token));
  };
}
