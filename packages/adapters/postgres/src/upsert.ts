import { isFirstOfKey } from "@syncline/core/adapter-kit";
import type { RoutedDelivery } from "@syncline/core/spi";
import { bigintArray, booleanArray, numberArray } from "./parameters.ts";

/** The parameters of `upsertDeliveries`. What deliveries of a strategy have in common goes once, as a lane. */
export function deliveryParameters(deliveries: readonly RoutedDelivery[]): readonly unknown[] {
  const lanes: RoutedDelivery[] = [];
  const numbers = deliveries.map((delivery, index) => laneNumber(lanes, delivery, deliveries[index - 1]));
  const quiet = lanes.map((lane) =>
    lane.debounce !== undefined && lane.debounce.quietMs > 0 ? lane.debounce : undefined,
  );
  return [
    deliveries.length,
    lanes.map((lane) => lane.strategy),
    lanes.map((lane) => lane.lease?.token ?? null),
    numberArray(lanes.map((lane) => lane.lease?.durationMs ?? null)),
    numberArray(quiet.map((window) => window?.quietMs ?? null)),
    numberArray(quiet.map((window) => window?.maxMs ?? null)),
    bigintArray(numbers),
    deliveries.map((delivery) => delivery.key),
    bigintArray(deliveries.map((delivery) => delivery.ordinal)),
    `{${deliveries.map((delivery) => delivery.operation).join()}}`,
    numberArray(deliveries.map((delivery) => delivery.firstRecordedAt)),
    bigintArray(deliveries.map((delivery) => delivery.changes)),
    booleanArray(deliveries.map((delivery, index) => isFirstOfKey(delivery, deliveries[index - 1]))),
  ];
}

/** From 1. Sorted deliveries of a strategy stand together, and nearly always share one lease and one window. */
function laneNumber(lanes: RoutedDelivery[], delivery: RoutedDelivery, previous: RoutedDelivery | undefined): number {
  const current = lanes.at(-1);
  if (current !== undefined && previous !== undefined && sameLane(current, delivery)) return lanes.length;
  return lanes.push(delivery);
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
