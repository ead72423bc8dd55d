import type { DatabaseFixture } from "../database/fixture.ts";
import type { MemoryStore } from "../memory/store.ts";
import type { MemoryTransaction } from "../memory/transaction.ts";
import { type Breakage, memoryFixture } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

/** The memory database with a wake-up, which comes a moment after the commit. */
function withWakeUp(breakage: Breakage = (adapter) => adapter): DatabaseFixture<MemoryTransaction> {
  return memoryFixture((adapter, store) => {
    const listeners = wakersOf(store);
    const capable = { ...adapter, capabilities: { ...adapter.capabilities, changeSignal: true } };
    const listen = async (wake: () => void) => {
      const waker = () => wake();
      listeners.add(waker);
      return async () => {
        listeners.delete(waker);
      };
    };
    return breakage(breakSession(() => ({ changeSignal: { listen } }))(capable, store), store);
  });
}

function wakersOf(store: MemoryStore): Set<() => void> {
  const listeners = new Set<() => void>();
  const keep = store.changes.set.bind(store.changes);
  store.changes.set = (id, change) => {
    setImmediate(() => {
      for (const wake of listeners) wake();
    });
    return keep(id, change);
  };
  return listeners;
}

export const wakeUpMutants: readonly Mutant[] = [
  {
    name: "goes on waking whoever has stopped listening",
    caughtBy: "a wake-up comes after a commit, and none after it was stopped",
    breakage: breakSession(({ changeSignal }) => ({
      ...(changeSignal && {
        changeSignal: {
          listen: async (wake) => {
            await changeSignal.listen(wake);
            return async () => {};
          },
        },
      }),
    })),
    on: withWakeUp,
  },
];
