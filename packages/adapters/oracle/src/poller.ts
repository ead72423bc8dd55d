import type { Poller } from "@syncline/core/spi";
import { claimWith } from "./claim.ts";
import type { Connections } from "./connections.ts";
import { dispatchWith } from "./dispatch.ts";
import { renewWith } from "./renew.ts";
import { settleWith } from "./settle.ts";
import type { Place } from "./sql/names.ts";

export function createPoller(connections: Connections, place: Place): Poller {
  return {
    dispatch: dispatchWith(connections, place),
    claim: claimWith(connections, place),
    renew: renewWith(connections, place),
    settle: settleWith(connections, place),
  };
}
