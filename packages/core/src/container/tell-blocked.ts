import type { BlockingSession } from "../contracts/poller.ts";
import type { PipelineEvents } from "../engine/events.ts";

/** Who keeps changes from being dispatched, for a person. */
export function tellBlocked({ sessions, hidden }: PipelineEvents["dispatchBlocked"]): string {
  const who = sessions.length === 0 ? "The database could not say who holds them." : `${sessions.map(tell).join(" ")}`;
  return [`Locks of others keep changes from being dispatched. ${who}`, ...(hidden === undefined ? [] : [hidden])].join(
    " ",
  );
}

function tell({ session, holds, role, application, address, state, since }: BlockingSession): string {
  const details = [
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(application === undefined ? [] : [`application ${application}`]),
    ...(address === undefined ? [] : [`from ${address}`]),
    ...(state === undefined ? [] : [state]),
    ...(since === undefined ? [] : [`its transaction open since ${new Date(since).toISOString()}`]),
  ];
  const told = details.length === 0 ? "" : ` (${details.join(", ")})`;
  return `${session}${told} holds ${holds ?? "a lock"}.`;
}
