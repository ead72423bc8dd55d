import type { Poller } from "@syncline/core/spi";
import { blockersWith } from "./blockers.ts";
import { claimWith } from "./claim.ts";
import type { Connections } from "./connections.ts";
import { dispatchWith } from "./dispatch.ts";
import { renewWith } from "./renew.ts";
import { settleWith } from "./settle.ts";

/**
 * `schema` is a quoted identifier, `schemaName` the same without quotes; `apart` are connections
 * that no work waits on.
 */
export function createPoller(connections: Connections, schema: string, apart: Connections, schemaName: string): Poller {
  return {
    blockers: blockersWith(apart, schemaName),
    dispatch: dispatchWith(connections, schema),
    claim: claimWith(connections, schema),
    renew: renewWith(connections, schema),
    settle: settleWith(connections, schema),
  };
}
