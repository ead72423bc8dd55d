import { type RecordedChange, SynclineError } from "@syncline/core/spi";
import type { MemoryStore } from "./store.ts";

const marker = Symbol("memory transaction");

/** An application's transaction: its writes are seen by nobody until it commits. */
export interface MemoryTransaction {
  readonly [marker]: (write: () => void, change?: RecordedChange) => void;
  /** Runs when the transaction commits, together with its other writes. */
  write(change: (store: MemoryStore) => void): void;
  commit(): void;
  rollback(): void;
}

export function beginTransaction(store: MemoryStore): MemoryTransaction {
  let writes: (() => void)[] | undefined = [];
  const add = (write: () => void) => {
    if (writes === undefined) throw new SynclineError("recorder.connection", "The transaction has ended.");
    writes.push(write);
  };
  const end = () => {
    if (writes === undefined) throw new SynclineError("recorder.connection", "The transaction has ended.");
    const pending = writes;
    writes = undefined;
    return pending;
  };
  return {
    [marker]: add,
    write: (change) => add(() => change(store)),
    commit: () => {
      for (const write of end()) write();
    },
    rollback: () => {
      end();
    },
  };
}

/** The transaction's own way to write, if it is a transaction. */
export function writerOf(tx: unknown): ((write: () => void) => void) | undefined {
  return typeof tx === "object" && tx !== null && marker in tx ? (tx as MemoryTransaction)[marker] : undefined;
}
