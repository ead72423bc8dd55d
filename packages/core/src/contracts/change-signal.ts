/** Wakes the poller: a hint without content. Polling stays the truth. */
export interface ChangeSignal {
  /** Calls `wake` when changes may have been committed. Reconnects by itself. Returns how to stop. */
  listen(wake: () => void): Promise<() => Promise<void>>;
}
