import type { Transport } from "@syncline/core/spi";
import type { StrategyParts, TransportFixture } from "./fixture.ts";
import { type ProgrammableDownstream, programmableDownstream } from "./programmable-downstream.ts";

/** Where a transport under test calls, and with which bearer token or password. */
export interface HttpAddress {
  readonly url: string;
  readonly secret: string;
}

/** A fixture for whatever speaks JSON over HTTP: the downstream is a {@link ProgrammableDownstream}. */
export async function httpFixture(
  createTransport: (address: HttpAddress) => Transport,
  strategies: { readonly single: StrategyParts; readonly batch?: StrategyParts },
): Promise<TransportFixture & { readonly downstream: ProgrammableDownstream }> {
  const downstream = await programmableDownstream();
  const secret = "conformance-s3cret/+~token";
  return {
    transport: createTransport({ url: downstream.url, secret }),
    downstream,
    secret,
    ...strategies,
    close: () => downstream.close(),
  };
}
