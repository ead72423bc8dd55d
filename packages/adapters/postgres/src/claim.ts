import { claimOf } from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { bigintArray, booleanArray } from "./parameters.ts";
import { claimDue } from "./sql/claim-due.ts";
import { ownStatement } from "./sql/statement.ts";

export function claimWith(connections: Connections, schema: string): Poller["claim"] {
  const statement = ownStatement("claim", claimDue(schema));
  return async (demands, lease, signal) => {
    const values = [
      demands.map((demand) => demand.strategy),
      bigintArray(demands.map((demand) => demand.count)),
      booleanArray(demands.map((demand) => demand.strict)),
      lease.token,
      lease.durationMs,
    ];
    const rows = await connections.run(statement, values, signal);
    return rows.map((row) => claimOf(row, lease.token));
  };
}
