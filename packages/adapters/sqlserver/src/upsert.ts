import { isFirstOfKey } from "@syncline/core/adapter-kit";
import type { RoutedDelivery } from "@syncline/core/spi";
import { wholeMs } from "./milliseconds.ts";
import type { ParameterValues } from "./parameter-types.ts";

/** The parameters of `upsertDeliveries`. What deliveries of a strategy have in common goes once, as a lane. */
export function deliveryParameters(deliveries: readonly RoutedDelivery[]): ParameterValues {
  const lanes: RoutedDelivery[] = [];
  const rows = deliveries.map((delivery, index) => ({
    n: index + 1,
    l: laneNumber(lanes, delivery),
    k: delivery.key,
    i: delivery.ordinal,
    o: delivery.operation,
    f: Math.floor(delivery.firstRecordedAt),
    c: delivery.changes,
    a: isFirstOfKey(delivery, deliveries[index - 1]),
  }));
  return {
    count: deliveries.length,
    lanes: JSON.stringify(lanes.map(laneJson)),
    deliveries: JSON.stringify(rows),
  };
}

/** From 1. Sorted deliveries of a strategy stand together, and nearly always share one lease and one window. */
function laneNumber(lanes: RoutedDelivery[], delivery: RoutedDelivery): number {
  const current = lanes.at(-1);
  return current !== undefined && sameLane(current, delivery) ? lanes.length : lanes.push(delivery);
}

function sameLane(a: RoutedDelivery, b: RoutedDelivery): boolean {
  return (
    a.strategy === b.strategy &&
    a.lease?.token === b.lease?.token &&
    a.lease?.durationMs === b.lease?.durationMs &&
    a.debounce?.quietMs === b.debounce?.quietMs &&
    a.debounce?.maxMs === b.debounce?.maxMs
  );
}

function laneJson({ strategy, lease, debounce }: RoutedDelivery, index: number): object {
  const isQuiet = debounce !== undefined && debounce.quietMs > 0;
  return {
    l: index + 1,
    s: strategy,
    t: lease?.token ?? null,
    e: lease === undefined ? null : wholeMs(lease.durationMs),
    q: isQuiet ? wholeMs(debounce.quietMs) : null,
    x: isQuiet ? wholeMs(debounce.maxMs) : null,
  };
}
