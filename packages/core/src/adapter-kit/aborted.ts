import { Bag, type Placed } from "../model/bag.ts";
import { SynclineError } from "../model/errors.ts";

/** What an operation rejects with when its signal has fired. */
export function abortedError(): SynclineError {
  return new SynclineError("operation.aborted", "The operation was aborted before it had ended.");
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError();
}

// One listener for each signal, however many operations watch it: a worker's stop signal is watched by all of them at
// once, and Node warns of a leak from the eleventh listener on.
const watchers = new WeakMap<AbortSignal, Bag<Watching>>();

interface Watching extends Placed {
  readonly fired: () => void;
}

/** Calls `fired` once when the signal fires. Returns how to stop watching. */
export function onAbort(signal: AbortSignal | undefined, fired: () => void): () => void {
  if (signal === undefined) return () => {};
  const watching = watchers.get(signal) ?? startWatching(signal);
  const entry = { fired, place: -1 };
  watching.add(entry);
  return () => {
    watching.delete(entry);
  };
}

function startWatching(signal: AbortSignal): Bag<Watching> {
  const watching = new Bag<Watching>();
  watchers.set(signal, watching);
  signal.addEventListener("abort", () => {
    for (const entry of watching.items()) {
      watching.delete(entry);
      entry.fired();
    }
  });
  return watching;
}

/** Waits for something that cannot be called off, no longer than until the signal fires. What comes too late goes to `giveBack`. */
export function orAborted<Value>(
  coming: Promise<Value>,
  giveBack: (value: Value) => void,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return coming;
  return new Promise((resolve, reject) => {
    const stopWatching = onAbort(signal, () => {
      reject(abortedError());
      coming.then(giveBack).catch(() => {});
    });
    // In the same turn, or a signal that fires in the next one would give back what is in use by then.
    const settle = (end: () => void) => {
      stopWatching();
      if (!signal.aborted) end();
    };
    coming.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
