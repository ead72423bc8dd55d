/** How long a condition may take on a slow and busy machine. Nothing passes because of it; it only ends what hangs. */
const usualPatienceMs = 60_000;

/** Waits until `condition` gives something true, and returns that. Fails with `what` and the last thing it gave. */
export async function waitFor<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  patienceMs = usualPatienceMs,
): Promise<Exclude<Value, false | undefined | null | 0 | "">> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<Value, false | undefined | null | 0 | "">;
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
