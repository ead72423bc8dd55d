import type { Poller } from "@syncline/core/spi";
import { blockersWith } from "./blockers.ts";
import { claimWith } from "./claim.ts";
import type { Connections } from "./connections.ts";
import { dispatchWith } from "./dispatch.ts";
import { renewWith } from "./renew.ts";
import { settleWith } from "./settle.ts";

/** `schema` is `schemaName`, quoted. `lookout`: what is kept for asking who is in the way. */
export function createPoller(
  connections: Connections,
  lookout: Connections,
  schema: string,
  schemaName: string,
): Poller {
  return {
    dispatch: dispatchWith(connections, schema),
    claim: claimWith(connections, schema),
    renew: renewWith(connections, schema),
    settle: settleWith(connections, schema),
    blockers: blockersWith(lookout, schema, schemaName),
  };
}
