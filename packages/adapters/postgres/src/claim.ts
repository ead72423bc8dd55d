import type { Claim, Poller } from "@syncline/core/spi";
import type { Connections, TextRow } from "./connections.ts";
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

function claimOf(row: TextRow, token: string): Claim {
  const [id, strategy, key, ordinal, revision, operation, epoch, attempts, firstRecordedAt] = row;
  return {
    id: String(id),
    strategy: String(strategy),
    key: String(key),
    ordinal: String(ordinal),
    revision: String(revision),
    operation: operation === "delete" ? "delete" : "upsert",
    epoch: Number(epoch),
    attempts: Number(attempts),
    token,
    firstRecordedAt: Number(firstRecordedAt),
  };
}
