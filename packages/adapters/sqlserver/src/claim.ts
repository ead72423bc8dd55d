import type { Claim, Poller } from "@syncline/core/spi";
import type { Connections, Row } from "./connections.ts";
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

function claimOf(row: Row, token: string): Claim {
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
