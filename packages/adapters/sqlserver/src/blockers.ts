import { type Blockers, isSynclineError, type Poller } from "@syncline/core/spi";
import type { Connections, Row } from "./connections.ts";
import { numberOf } from "./errors.ts";
import { blockers } from "./sql/blockers.ts";

const right =
  "VIEW SERVER STATE (from SQL Server 2022 on VIEW SERVER PERFORMANCE STATE, on Azure SQL VIEW DATABASE STATE)";

/** `connections` are kept for this: those of the work may all be waiting. `schemaName` is not quoted. */
export function blockersWith(connections: Connections, schemaName: string): NonNullable<Poller["blockers"]> {
  const statement = blockers(schemaName);
  return async (signal) => {
    try {
      const rows = await connections.run(statement, {}, signal);
      return { sessions: rows.map(sessionOf) };
    } catch (error) {
      if (isSynclineError(error) && noRight.has(numberOf(error.cause) ?? 0)) return unseen;
      throw error;
    }
  };
}

const noRight: ReadonlySet<number> = new Set([229, 262, 297, 300]);

/** Whoever it is: nothing tells one transaction from the next, so the time alone makes an alarm of it. */
const unseen: Blockers = {
  sessions: [{ session: "one that Syncline's login may not see", transaction: "unknown" }],
  hidden: `Who holds up dispatches is shown to logins with ${right}.`,
};

function sessionOf([
  session,
  transaction,
  table,
  role,
  application,
  address,
  state,
  since,
]: Row): Blockers["sessions"][number] {
  const given = { role, application, address, state };
  const known = Object.entries(given).flatMap(([name, value]) => {
    return value === null || value === undefined || value === "" ? [] : [[name, String(value)] as const];
  });
  return {
    session: `session ${session}`,
    transaction: String(transaction),
    holds: `locks on ${table}`,
    ...Object.fromEntries(known),
    ...(since === null || since === undefined ? {} : { since: Number(since) }),
  };
}
