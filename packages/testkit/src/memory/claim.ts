import type { Demand, Poller } from "@syncline/core/spi";
import { type StoredDelivery, take } from "./delivery-row.ts";
import { operate } from "./guard.ts";
import { mustWait } from "./order.ts";
import type { MemoryStore } from "./store.ts";

export function claimOn(store: MemoryStore): Poller["claim"] {
  return (demands, lease, signal) =>
    operate(store, signal, () => {
      const chosen = demands.flatMap((demand) => dueFor(store, demand).slice(0, demand.count));
      return chosen.sort(byDueTime).map((delivery) => take(delivery, store.now(), lease));
    });
}

function dueFor(store: MemoryStore, { strategy }: Demand): readonly StoredDelivery[] {
  if (store.paused.has(strategy)) return [];
  const now = store.now();
  return [...store.deliveries.values()]
    .filter((delivery) => delivery.strategy === strategy && delivery.state === "pending" && delivery.dueAt <= now)
    .filter((delivery) => !mustWait(store, delivery))
    .sort(byDueTime);
}

function byDueTime(one: StoredDelivery, other: StoredDelivery): number {
  return one.dueAt - other.dueAt || (one.id < other.id ? -1 : 1);
}
