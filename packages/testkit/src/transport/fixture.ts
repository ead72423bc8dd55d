import type { SyncCall, Transport, WireValue } from "@syncline/core/spi";
import type { Closable } from "../suite/check.ts";
import type { DownstreamControl } from "./downstream-control.ts";

/** What of a strategy is the transport's. */
export type StrategyParts = Partial<Pick<SyncCall, "method" | "options">> & Pick<SyncCall, "path">;

/** What each check of the suite runs on. The category is `order` with the key `{ orderId: bigint }`. */
export interface TransportFixture extends Closable {
  /** Fresh: the check opens it. It calls `downstream`, and authenticates with `secret`. */
  readonly transport: Transport;
  readonly downstream: DownstreamControl;
  /** `undefined` for a transport that knows no credentials. */
  readonly secret: string | undefined;
  /** A strategy that sends one item per call. */
  readonly single: StrategyParts;
  /** A strategy that sends lists; left out by a transport that cannot. */
  readonly batch?: StrategyParts;
  /** An order's document. Default `{ id, total: "12.50" }`; for downstreams with a schema of their own. */
  readonly document?: (orderId: string) => WireValue;
  /**
   * One connection carries all calls and outlives them, and nothing on it tells that a call was given up, as with most brokers.
   * Then the connection must serve the next call instead of being closed.
   */
  readonly lastingConnection?: boolean;
  /** The protocol has no word for how long a throttled caller should wait: then the transport must name no time either. */
  readonly throttlesWithoutTime?: boolean;
  /** Documents that must arrive as they are. Default: what JSON can say that is often broken on the way. */
  readonly corpus?: readonly WireValue[];
}
