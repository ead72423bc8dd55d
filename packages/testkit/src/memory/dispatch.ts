import type { Claim, DispatchResult, Poller, RecordedChange, RoutedDelivery } from "@syncline/core/spi";
import { claimFrom, newDelivery, type StoredDelivery } from "./delivery-row.ts";
import { foldInto, mergedOf } from "./fold.ts";
import { operate } from "./guard.ts";
import { deliveriesOf } from "./order.ts";
import { type MemoryStore, placeOf, sortedById } from "./store.ts";

/** So many live changes for one of a backfill. */
const backfillWeight = 7;

const none: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

export function dispatchOn(store: MemoryStore): Poller["dispatch"] {
  return (limit, route, signal) =>
    operate(store, signal, () => {
      const taken = takenOf(store, limit);
      if (taken.length === 0) return none;
      const routing = route(
        taken.map(([, change]) => change),
        String(store.strategiesRevision),
      );
      if (routing === undefined) return { ...none, status: "stale" };
      for (const [id] of taken) store.changes.delete(id);
      for (const refused of routing.refused) store.refused.set(BigInt(refused.change.id), refused);
      const clock = store.revisionClock();
      if (clock > store.lastRevision) store.lastRevision = clock;
      const claims: Claim[] = [];
      let inserted = 0;
      for (const routed of inOrder(routing.deliveries)) {
        store.lastRevision += 1n;
        const existing = routed.ordinal === "0" ? mergedOf(store, routed) : undefined;
        if (existing !== undefined) foldInto(store, existing, routed);
        else {
          inserted += 1;
          const delivery = insert(store, routed);
          if (delivery.token !== undefined) claims.push(claimFrom(delivery, delivery.token));
        }
      }
      return { status: "done", taken: taken.length, inserted, folded: routing.deliveries.length - inserted, claims };
    });
}

/** Of each kind the oldest, and of each as many: nobody waits for a flood of others. */
function takenOf({ changes }: MemoryStore, limit: number): readonly (readonly [bigint, RecordedChange])[] {
  const sorted = sortedById(changes);
  if (sorted.length <= limit) return sorted;
  const counts = new Map<string, number>();
  const ranked = sorted.map((entry) => {
    const [, { category, strategy }] = entry;
    const kind = strategy === null ? category : `\n${strategy}`;
    const rank = (counts.get(kind) ?? 0) + (strategy === null ? 1 : backfillWeight);
    counts.set(kind, rank);
    return { entry, rank };
  });
  const first = ranked.sort((one, other) => one.rank - other.rank).slice(0, limit);
  return first.map(({ entry }) => entry).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Of a key whose changes go out one by one, the oldest first: only that one can be leased. */
function inOrder(deliveries: readonly RoutedDelivery[]): readonly RoutedDelivery[] {
  return [...deliveries].sort((one, other) => Number(BigInt(one.ordinal) - BigInt(other.ordinal)));
}

function insert(store: MemoryStore, routed: RoutedDelivery): StoredDelivery {
  const lease = routed.debounce === undefined && isFree(store, routed) ? routed.lease : undefined;
  const delivery = newDelivery(routed, store.lastRevision, store.now(), lease);
  store.deliveries.set(placeOf(delivery), delivery);
  return delivery;
}

/** Nobody has paused the strategy, and there is nothing else of the key. */
function isFree(store: MemoryStore, routed: RoutedDelivery): boolean {
  return !store.paused.has(routed.strategy) && deliveriesOf(store, routed).length === 0;
}
