import { type ChangeRecorder, type RecordedChange, SynclineError } from "@syncline/core/spi";
import type { MemoryStore } from "./store.ts";
import { type MemoryTransaction, writerOf } from "./transaction.ts";

export function memoryRecorder(store: MemoryStore): ChangeRecorder<MemoryTransaction> {
  return {
    record: async (tx, changes) => {
      const write = writerOf(tx);
      if (write === undefined) {
        throw new SynclineError("recorder.connection", "This is no memory transaction: pass what begin() returned.");
      }
      for (const { category, key, operation, traceparent = null } of changes) {
        // As in real databases, ids and times are given on recording and not on commit: ids are not commit order.
        store.lastChangeId += 1n;
        const id = store.lastChangeId;
        const recordedAt = store.now();
        const change: RecordedChange = {
          id: String(id),
          category,
          condition: key,
          operation,
          strategy: null,
          recordedAt,
          traceparent,
        };
        write(() => store.changes.set(id, change));
      }
    },
  };
}
