import type { Claim, Demand, Lease, Poller } from "@syncline/core/spi";
import { operate } from "./guard.ts";
import { mustWait } from "./order.ts";
import type { MemoryStore, StoredDelivery } from "./store.ts";

export function claimOn(store: MemoryStore): Poller["claim"] {
  return (demands, lease, signal) =>
    operate(store, signal, () => {
      const chosen = demands.flatMap((demand) => dueFor(store, demand).slice(0, demand.count));
      return chosen.sort(byDueTime).map((delivery) => take(store, delivery, lease));
    });
}

export function claimOf(delivery: StoredDelivery, token: string, lapsed = false): Claim {
  return {
    id: String(delivery.id),
    strategy: delivery.strategy,
    key: delivery.key,
    ordinal: String(delivery.ordinal),
    revision: String(delivery.revision),
    operation: delivery.operation,
    epoch: delivery.epoch,
    attempts: delivery.attempts,
    lapsed,
    token,
    firstRecordedAt: delivery.firstRecordedAt,
  };
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

function take(store: MemoryStore, delivery: StoredDelivery, lease: Lease): Claim {
  // A token on what is due is a lease that lapsed: what kills its worker again and again must not do so for ever.
  const lapsed = delivery.token !== undefined;
  if (lapsed) delivery.attempts += 1;
  delivery.token = lease.token;
  delivery.dueAt = store.now() + lease.durationMs;
  delivery.debounced = false;
  return claimOf(delivery, lease.token, lapsed);
}
