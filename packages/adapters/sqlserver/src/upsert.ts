import { carriedColumns, columnName, upsertGiven } from "@syncline/core/adapter-kit";
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
      deliveries.map((delivery, index) => {
        const { lane: l, key: k, ordinal: i, firstRecordedAt, changes: c, leasable: a } = delivery;
        const given: { [name: string]: unknown } = { n: index + 1, l, k, i, f: Math.floor(firstRecordedAt), c, a };
        for (const name of carriedColumns) given[columnName(name)] = delivery[name];
        return given;
      }),
    ),
  };
}
