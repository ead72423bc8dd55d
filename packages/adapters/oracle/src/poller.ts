import type { Poller } from "@syncline/core/spi";
import { blockersWith } from "./blockers.ts";
import { claimWith } from "./claim.ts";
import type { Connections } from "./connections.ts";
import { dispatchWith } from "./dispatch.ts";
import { renewWith } from "./renew.ts";
import { settleWith } from "./settle.ts";
import type { Place } from "./sql/names.ts";

/** `apart` are connections that no work waits on. */
export function createPoller(connections: Connections, place: Place, apart: Connections): Poller {
  return {
    blockers: blockersWith(apart, place),
    dispatch: dispatchWith(connections, place),
    claim: claimWith(connections, place),
    renew: renewWith(connections, place),
    settle: settleWith(connections, place),
  };
}
