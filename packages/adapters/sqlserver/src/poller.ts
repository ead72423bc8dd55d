import type { Poller } from "@syncline/core/spi";
import { claimWith } from "./claim.ts";
import type { Connections } from "./connections.ts";
import { dispatchWith } from "./dispatch.ts";
import { renewWith } from "./renew.ts";
import { settleWith } from "./settle.ts";

/** `schema` is a quoted identifier. */
export function createPoller(connections: Connections, schema: string): Poller {
  return {
    dispatch: dispatchWith(connections, schema),
    claim: claimWith(connections, schema),
    renew: renewWith(connections, schema),
    settle: settleWith(connections, schema),
  };
}
