import { inLockOrder } from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { wholeMs } from "./milliseconds.ts";
import { renewLeases } from "./sql/renew-leases.ts";

export function renewWith(connections: Connections, schema: string): Poller["renew"] {
  const statement = renewLeases(schema);
  return async (claims, durationMs) => {
    if (claims.length === 0) return [];
    const leases = inLockOrder(claims, (claim) => claim).map(({ strategy, key, ordinal, token }, n) => ({
      n,
      s: strategy,
      k: key,
      i: ordinal,
      t: token,
    }));
    const rows = await connections.run(statement, { leases: JSON.stringify(leases), lease_ms: wholeMs(durationMs) });
    return rows.map(([id]) => String(id));
  };
}
