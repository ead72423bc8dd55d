import type { RoutedDelivery } from "@syncline/core/spi";
import type { StoredDelivery } from "./delivery-row.ts";
import { deliveriesOf } from "./order.ts";
import { type MemoryStore, placeOf } from "./store.ts";

/**
 * What there is of the key, as one delivery: its first. What was written behind it, when the strategy
 * did not coalesce, goes: it would be sent with a lower revision after what folds into the first.
 */
export function mergedOf(store: MemoryStore, routed: RoutedDelivery): StoredDelivery | undefined {
  const [first, ...others] = deliveriesOf(store, routed);
  for (const other of others) store.deliveries.delete(placeOf(other));
  return first;
}

/** Takes changes into a delivery that exists. Its lease and its back-off are left alone. */
export function foldInto(store: MemoryStore, delivery: StoredDelivery, routed: RoutedDelivery): void {
  // Drawn anew, so that the settle of a flight that began before does not delete the delivery.
  delivery.revision = store.lastRevision;
  delivery.operation = routed.operation;
  delivery.traceparent = routed.traceparent ?? null;
  delivery.firstRecordedAt = Math.min(delivery.firstRecordedAt, routed.firstRecordedAt);
  if (delivery.state === "dead") revive(store, delivery);
  else putOff(store, delivery, routed);
}

function revive(store: MemoryStore, delivery: StoredDelivery): void {
  delivery.state = "pending";
  delivery.attempts = 0;
  delivery.dueAt = store.now();
  delivery.failure = undefined;
  delivery.diedAt = undefined;
}

/** What waits to be quiet waits on, though never longer than the window's maximum after its first change. */
function putOff(store: MemoryStore, delivery: StoredDelivery, { debounce }: RoutedDelivery): void {
  const now = store.now();
  if (debounce === undefined || !delivery.debounced || delivery.token !== undefined || delivery.dueAt <= now) return;
  delivery.dueAt = Math.min(now + debounce.quietMs, delivery.firstRecordedAt + debounce.maxMs);
}
