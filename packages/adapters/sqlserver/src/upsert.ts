import { upsertGiven } from "@syncline/core/adapter-kit";
import type { RoutedDelivery } from "@syncline/core/spi";
import { wholeMs } from "./milliseconds.ts";
import type { ParameterValues } from "./parameter-types.ts";

/** What a dispatch writes, as parameters: in lock order. */
export function deliveryParameters(routed: readonly RoutedDelivery[]): ParameterValues {
  const { count, lanes, deliveries } = upsertGiven(routed);
  const wholeOrNull = (milliseconds: number | null) => (milliseconds === null ? null : wholeMs(milliseconds));
  return {
    count,
    lanes: JSON.stringify(
      lanes.map(({ strategy, token, leaseMs, quietMs, longestMs }, index) => ({
        ...{ l: index + 1, s: strategy, t: token },
        ...{ e: wholeOrNull(leaseMs), q: wholeOrNull(quietMs), x: wholeOrNull(longestMs) },
      })),
    ),
    deliveries: JSON.stringify(
      deliveries.map(({ lane, key, ordinal, operation, firstRecordedAt, changes, leasable }, index) => ({
        ...{ n: index + 1, l: lane, k: key, i: ordinal, o: operation },
        ...{ f: Math.floor(firstRecordedAt), c: changes, a: leasable },
      })),
    ),
  };
}
