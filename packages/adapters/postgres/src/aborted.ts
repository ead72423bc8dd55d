import { SynclineError } from "@syncline/core/spi";

export function abortedError(): SynclineError {
  return new SynclineError("operation.aborted", "The operation was aborted before it had ended.");
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError();
}
