import { type Blockers, isSynclineError, type Poller } from "@syncline/core/spi";
import type { Connections, TextRow } from "./connections.ts";
import { nativeCodeOf } from "./errors.ts";
import { blockers } from "./sql/blockers.ts";
import type { Place } from "./sql/names.ts";

/** `connections` are kept for this: those of the work may all be waiting. */
export function blockersWith(connections: Connections, place: Place): NonNullable<Poller["blockers"]> {
  const statement = blockers(place);
  return async (signal) => {
    try {
      return { sessions: (await connections.run(statement, {}, signal)).rows.map(sessionOf) };
    } catch (error) {
      if (isSynclineError(error) && noRight.has(nativeCodeOf(error.cause))) return unseen;
      throw error;
    }
  };
}

/** What one hears who may not look: that it is not there, from 23ai on that a right is missing. */
const noRight: ReadonlySet<string | undefined> = new Set(["ORA-00942", "ORA-01031", "ORA-41900"]);

/** Whoever it is: nothing tells one transaction from the next, so the time alone makes an alarm of it. */
const unseen: Blockers = {
  sessions: [{ session: "one that Syncline's login may not see", transaction: "unknown" }],
  hidden:
    "Who holds up dispatches is shown to logins with SELECT on SYS.GV_$LOCKED_OBJECT, SYS.GV_$SESSION and SYS.GV_$TRANSACTION.",
};

function sessionOf([
  who,
  transaction,
  table,
  role,
  application,
  address,
  state,
  now,
  seconds,
]: TextRow): Blockers["sessions"][number] {
  const known = Object.entries({ role, application, address, state }).filter(([, value]) => value);
  return {
    session: who ?? "",
    transaction: transaction ?? "",
    holds: `locks on ${table}`,
    ...Object.fromEntries(known),
    ...(seconds && now ? { since: Date.parse(now) - Number(seconds) * 1_000 } : {}),
  };
}
