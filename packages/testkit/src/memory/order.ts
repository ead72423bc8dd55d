import type { StoredDelivery } from "./delivery-row.ts";
import type { MemoryStore } from "./store.ts";

type Placed = Pick<StoredDelivery, "strategy" | "key" | "ordinal" | "id">;

/**
 * Whether something else of the key goes first. What was written one by one goes out one by one and
 * stops at what is dead or held, also once its strategy coalesces. What folds waits for what was
 * written before it, unless that has stopped at a dead letter: the newest state gets out, as a
 * change revives a dead letter that it folds into.
 */
export function mustWait(store: MemoryStore, delivery: Placed): boolean {
  const others = othersOf(store, delivery);
  const [first] = others
    .filter((other) => isBefore(other, delivery))
    .sort((one, other) => (isBefore(one, other) ? -1 : 1));
  if (first !== undefined) return isOrdered(delivery) || first.state !== "dead";
  return others.some((other) => other.token !== undefined && other.dueAt > store.now());
}

/** Behind a dead or held one of its key: only a person can bring it on its way. */
export function isStopped(store: MemoryStore, delivery: Placed): boolean {
  const before = othersOf(store, delivery).filter((other) => isBefore(other, delivery));
  return before.some(({ state }) => state === "held" || (state === "dead" && isOrdered(delivery)));
}

function othersOf(store: MemoryStore, { strategy, key, id }: Placed): readonly StoredDelivery[] {
  return [...store.deliveries.values()].filter(
    (other) => other.strategy === strategy && other.key === key && other.id !== id,
  );
}

function isOrdered({ ordinal }: Placed): boolean {
  return ordinal > 0n;
}

/** What folds keeps the place at which it was written, whatever has folded into it since. */
function isBefore(one: Placed, other: Placed): boolean {
  return placeInOrder(one) < placeInOrder(other);
}

function placeInOrder({ ordinal, id }: Placed): bigint {
  return ordinal === 0n ? id : ordinal;
}
