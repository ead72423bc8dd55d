import type { Poller } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { bigintArray, uuidArray } from "./parameters.ts";
import { renewLeases } from "./sql/renew-leases.ts";
import { ownStatement } from "./sql/statement.ts";

export function renewWith(connections: Connections, schema: string): Poller["renew"] {
  const statement = ownStatement("renew", renewLeases(schema));
  return async (claims, durationMs) => {
    if (claims.length === 0) return [];
    const values = [
      bigintArray(claims.map((claim) => claim.id)),
      uuidArray(claims.map((claim) => claim.token)),
      durationMs,
    ];
    const rows = await connections.runByKeys(statement, values);
    return rows.map(([id]) => String(id));
  };
}
