import type { RecordedChange } from "@syncline/core/spi";
import { sortedById } from "../memory/store.ts";
import { writerOf } from "../memory/transaction.ts";
import { afterFold, afterRouting, breakPoller, type Mutant } from "./mutant.ts";

const recordingMutants: readonly Mutant[] = [
  {
    name: "records outside of the caller's transaction",
    caughtBy: "a recorded change is gone if the caller's transaction rolls back",
    breakage: (adapter, store) => ({
      ...adapter,
      recorder: {
        record: async (_tx, changes) => {
          for (const { category, key, operation } of changes) {
            store.lastChangeId += 1n;
            const id = String(store.lastChangeId);
            const change: RecordedChange = {
              id,
              category,
              condition: key,
              operation,
              strategy: null,
              recordedAt: store.now(),
            };
            store.changes.set(store.lastChangeId, change);
          }
        },
      },
    }),
  },
  {
    name: "passes 64-bit keys through a double",
    caughtBy: "a condition of every key type comes back exactly, alone and among many",
    breakage: (adapter) => ({
      ...adapter,
      recorder: {
        record: (tx, changes) =>
          adapter.recorder.record(
            tx,
            changes.map((change) => ({
              ...change,
              key: change.key.replace(/"big":"(-?\d+)"/, (_, digits) => `"big":"${BigInt(Number(digits))}"`),
            })),
          ),
      },
    }),
  },
  {
    name: "compares keys without case",
    caughtBy: "keys that differ in case, accents, blanks or width alone are different keys",
    breakage: afterRouting((delivery) => ({ ...delivery, key: delivery.key.toLowerCase() })),
  },
  {
    name: "records on anything",
    caughtBy: "what cannot be a transaction is refused",
    breakage: (adapter) => ({
      ...adapter,
      recorder: {
        record: async (tx, changes) => {
          if (writerOf(tx) !== undefined) await adapter.recorder.record(tx, changes);
        },
      },
    }),
  },
];

const dispatchMutants: readonly Mutant[] = [
  {
    name: "dispatch ignores its limit",
    caughtBy: "dispatch takes no more changes than its limit, and exactly those are gone",
    breakage: breakPoller((poller) => ({
      dispatch: (_limit, route, signal) => poller.dispatch(10_000, route, signal),
    })),
  },
  {
    name: "dispatch takes the newest changes first",
    caughtBy: "dispatch takes the oldest changes first",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        const kept = sortedById(store.changes).slice(0, -limit);
        for (const [id] of kept) store.changes.delete(id);
        const result = await poller.dispatch(limit, route, signal);
        for (const [id, change] of kept) store.changes.set(id, change);
        return result;
      },
    })),
  },
  {
    name: "dispatch folds across strategies",
    caughtBy: "each strategy has its own delivery of a key",
    breakage: breakPoller((poller) => ({
      dispatch: (limit, route, signal) => {
        const mixed: typeof route = (changes, revision) => {
          const routing = route(changes, revision);
          const byKey = new Map((routing?.deliveries ?? []).map((each) => [`${each.ordinal} ${each.key}`, each]));
          return routing && { ...routing, deliveries: [...byKey.values()] };
        };
        return poller.dispatch(limit, mixed, signal);
      },
    })),
  },
  {
    name: "dispatch drops refused changes",
    caughtBy: "refused changes are kept apart, counted, and put back by their category",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        const result = await poller.dispatch(limit, route, signal);
        store.refused.clear();
        return result;
      },
    })),
  },
  {
    name: "dispatch deletes the changes although the strategies are stale",
    caughtBy: "stale strategies put every change back",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        const result = await poller.dispatch(limit, route, signal);
        if (result.status === "stale") store.changes.clear();
        return result;
      },
    })),
  },
  {
    name: "dispatch deletes changes by a cursor over ids, and so those that commit late",
    caughtBy: "a change that is not committed yet is not dispatched, and nobody waits for it",
    breakage: breakPoller((poller, store) => {
      let cursor = 0n;
      return {
        dispatch: async (limit, route, signal) => {
          for (const id of [...store.changes.keys()]) if (id <= cursor) store.changes.delete(id);
          const ids = [...store.changes.keys()];
          const result = await poller.dispatch(limit, route, signal);
          cursor = ids.reduce((last, id) => (id > last ? id : last), cursor);
          return result;
        },
      };
    }),
  },
  {
    name: "a fold does not raise the revision, and the change in flight is lost",
    caughtBy: "a change during the flight survives the settle: the delivery is due again at once",
    breakage: afterFold((delivery, before) => {
      delivery.revision = before.revision;
    }),
  },
  {
    name: "a fold takes the lease away",
    caughtBy: "a change during the flight leaves the lease alone",
    breakage: afterFold((delivery, _, store) => {
      delivery.dueAt = store.now();
    }),
  },
  {
    name: "a fold shortens a back-off",
    caughtBy: "a new change does not shorten a back-off",
    breakage: afterFold((delivery, before, store) => {
      if (before.token === undefined) delivery.dueAt = store.now();
    }),
  },
  {
    name: "a fold shortens a back-off to the quiet window",
    caughtBy: "a change with a quiet window does not shorten a back-off",
    breakage: afterFold((delivery, before, store) => {
      if (before.token === undefined && before.dueAt > store.now() + 1_800_000) delivery.dueAt = store.now() + 1;
    }),
  },
  {
    name: "a fold leaves a dead letter dead",
    caughtBy: "a new change revives a dead letter with fresh attempts, due at once",
    breakage: afterFold((delivery, before) => {
      if (before.state === "dead") Object.assign(delivery, { ...before, revision: delivery.revision });
    }),
  },
  {
    name: "a fold revives a dead letter with its old attempts",
    caughtBy: "a new change revives a dead letter with fresh attempts, due at once",
    breakage: afterFold((delivery, before) => {
      delivery.attempts = before.attempts;
    }),
  },
  {
    name: "a fold releases what is held for a person",
    caughtBy: "what is held for a person stays held when a new change comes",
    breakage: afterFold((delivery) => {
      delivery.state = "pending";
    }),
  },
  {
    name: "a fold forgets since when the key waits",
    caughtBy: "a delivery keeps its newest hint and its oldest time",
    breakage: afterFold((delivery) => {
      delivery.firstRecordedAt = 3_000;
    }),
  },
  {
    name: "a further change does not put a quiet window off",
    caughtBy: "a further change puts a delivery off that waits to be quiet",
    breakage: afterFold((delivery, before) => {
      delivery.dueAt = before.dueAt;
    }),
  },
  {
    name: "a quiet window has no maximum",
    caughtBy: "no key waits longer than the window's maximum after its first change",
    breakage: afterRouting((delivery) =>
      delivery.debounce === undefined
        ? delivery
        : { ...delivery, debounce: { ...delivery.debounce, maxMs: Number.MAX_SAFE_INTEGER } },
    ),
  },
];

export const changeMutants: readonly Mutant[] = [...recordingMutants, ...dispatchMutants];
