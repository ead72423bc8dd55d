import type { StrandedBacklog, StrandedPortion, StrandedWork } from "@syncline/core/spi";
import { keep } from "./audit.ts";
import type { StoredDelivery } from "./delivery-row.ts";
import { operate } from "./guard.ts";
import { type MemoryStore, placeOf } from "./store.ts";

export function memoryStrandedWork(store: MemoryStore): StrandedWork {
  return {
    attend: (worker, strategies, lapseMs, signal) =>
      operate(store, signal, () => {
        if (strategies.length === 0) store.workers.delete(worker);
        else store.workers.set(worker, { strategies, until: store.now() + lapseMs });
        const others = [...store.workers].filter(([id, { until }]) => id !== worker && until > store.now());
        return [...new Set(others.flatMap(([, each]) => each.strategies))];
      }),
    list: (known, signal) =>
      operate(store, signal, () => {
        const foreign = [...store.deliveries.values()].filter(({ strategy }) => !known.includes(strategy));
        const names = [...new Set(foreign.map(({ strategy }) => strategy))].sort();
        return names.map((name) =>
          backlogOf(
            store,
            name,
            foreign.filter(({ strategy }) => strategy === name),
          ),
        );
      }),
    move: (portion, target, signal, record) =>
      operate(store, signal, () => {
        const taken = take(store, portion);
        for (const { key, operation, firstRecordedAt } of taken) {
          store.lastChangeId += 1n;
          const id = String(store.lastChangeId);
          const { strategy, category } = target;
          const change = { id, category, condition: key, operation, strategy, recordedAt: firstRecordedAt };
          store.changes.set(store.lastChangeId, change);
        }
        return keep(store, record, taken.length);
      }),
    discard: (portion, signal, record) =>
      operate(store, signal, () => keep(store, record, take(store, portion).length)),
  };
}

function isLeased(store: MemoryStore, { state, token, dueAt }: StoredDelivery): boolean {
  return state === "pending" && token !== undefined && dueAt > store.now();
}

function backlogOf(store: MemoryStore, strategy: string, own: readonly StoredDelivery[]): StrandedBacklog {
  const inState = (wanted: string) => own.filter(({ state }) => state === wanted).length;
  return {
    strategy,
    pending: inState("pending"),
    leased: own.filter((each) => isLeased(store, each)).length,
    dead: inState("dead"),
    held: inState("held"),
    oldestAgeMs: Math.max(0, store.now() - Math.min(...own.map(({ firstRecordedAt }) => firstRecordedAt))),
    key: own[0]?.key ?? "",
  };
}

/** Deletes the portion, in the order in which a key's deliveries go out. */
function take(store: MemoryStore, { strategy, withHeld, most }: StrandedPortion): readonly StoredDelivery[] {
  const taken = [...store.deliveries.values()]
    .filter((each) => each.strategy === strategy && !isLeased(store, each) && (withHeld || each.state !== "held"))
    .sort((one, other) => (one.key === other.key ? Number(one.id - other.id) : one.key < other.key ? -1 : 1))
    .slice(0, most);
  for (const delivery of taken) store.deliveries.delete(placeOf(delivery));
  return taken;
}
