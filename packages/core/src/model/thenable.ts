/** Also a promise of another library or realm. May throw, where reading its members does. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Nobody waits for it; what it rejects with must not end the process. */
export function drop(value: unknown): void {
  if (isThenable(value)) Promise.resolve(value).catch(() => {});
}
