import type { StoredDelivery } from "./delivery-row.ts";
import type { MemoryStore } from "./store.ts";

type Placed = Pick<StoredDelivery, "strategy" | "key" | "ordinal">;

/**
 * Whether something else of the key goes first: what was written before it, in whatever state. So a
 * key's deliveries go out one at a time, in the order of their revisions.
 */
export function mustWait(store: MemoryStore, delivery: Placed): boolean {
  return before(store, delivery).length > 0;
}

/** Behind a dead or held one of its key. */
export function isStopped(store: MemoryStore, delivery: Placed): boolean {
  return before(store, delivery).some(({ state }) => state !== "pending");
}

/** What there is of a key, first to last. */
export function deliveriesOf(store: MemoryStore, { strategy, key }: Omit<Placed, "ordinal">): StoredDelivery[] {
  const all = [...store.deliveries.values()].filter((each) => each.strategy === strategy && each.key === key);
  return all.sort((one, other) => (one.ordinal < other.ordinal ? -1 : 1));
}

/** What coalesces is written only where its key has nothing: its ordinal, 0, is the lowest. */
function before(store: MemoryStore, delivery: Placed): readonly StoredDelivery[] {
  return deliveriesOf(store, delivery).filter(({ ordinal }) => ordinal < delivery.ordinal);
}
