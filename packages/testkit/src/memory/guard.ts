import { SynclineError } from "@syncline/core/spi";
import type { MemoryStore } from "./store.ts";

/**
 * Every operation is one synchronous turn of `work`: nothing comes between its reads and its writes, which is what a
 * transaction is elsewhere. What it throws rejects.
 */
export async function operate<Result>(
  store: MemoryStore,
  signal: AbortSignal | undefined,
  work: () => Result,
): Promise<Result> {
  if (signal?.aborted) throw aborted();
  if (!store.migrated)
    throw new SynclineError("database.schema", "There are no Syncline tables: call migrate() first.");
  return work();
}

export function aborted(): SynclineError {
  return new SynclineError("operation.aborted", "The signal fired.");
}
