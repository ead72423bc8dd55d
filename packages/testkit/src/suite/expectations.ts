import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { type ErrorCode, isSynclineError } from "@syncline/core/spi";

/** A signal that never fires. */
export const never: AbortSignal = new AbortController().signal;
// Many operations at once listen to this one signal, which Node takes for a leak from the eleventh on.
setMaxListeners(0, never);

/** Long enough for a busy machine: it only ends what would wait for ever. */
const patienceMs = 20_000;

/** Lets timers and sockets have their turn, which work that never waits for them would not. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Asks until there is an answer other than `undefined`: what takes time is waited for, never slept for. */
export async function eventually<Value>(what: string, ask: () => Promise<Value | undefined>): Promise<Value> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) assert.fail(`${what} did not come about within ${patienceMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** It rejects with a Syncline error of one of these codes; what it must not do instead is said by `what`. */
export async function rejectsWith(codes: readonly ErrorCode[], what: string, work: Promise<unknown>): Promise<void> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  assert.ok(outcome !== undefined, `${what} was not refused; expected ${codes.join(" or ")}`);
  const { error } = outcome;
  if (!isSynclineError(error))
    throw new assert.AssertionError({ message: `${what}: ${String(error)} is no SynclineError` });
  assert.ok(codes.includes(error.code), `${what}: expected ${codes.join(" or ")}, not ${error.code}: ${error.message}`);
}

/** The one value of a list that must hold exactly one. */
export function single<Value>(values: readonly Value[], what: string): Value {
  assert.equal(values.length, 1, `${what}: expected exactly one, there are ${values.length}`);
  return values[0] as Value;
}

/**
 * The same values, whatever their order, as JSON: under Jest, what `structuredClone` or a driver made has the prototypes
 * of another realm, which a strict comparison holds against it.
 */
export function sameMembers<Value>(actual: readonly Value[], expected: readonly Value[], what: string): void {
  const text = (values: readonly Value[]) => values.map((value) => JSON.stringify(value, sortedByName)).sort();
  assert.deepEqual(text(actual), text(expected), what);
}

function sortedByName(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
