import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type Effect, type Failure, type FailureKind, failureKinds, type Outcome } from "@syncline/core/spi";

/** "Soon" on a machine that is busy with other things. */
const soonMs = 2_500;

/** Rejects if `work` does not end soon; for what has no limit of its own, give a longer one. */
export async function soon<Value>(what: string, work: Promise<Value>, limitMs = soonMs): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `${what} did not end within ${limitMs} ms`;
    timer = setTimeout(() => reject(new assert.AssertionError({ message })), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until it is so; rejects with the last value seen if it does not come about soon. */
export async function becomes<Value>(what: string, read: () => Value, holds: (value: Value) => boolean): Promise<void> {
  const end = performance.now() + soonMs;
  for (;;) {
    const value = read();
    if (holds(value)) return;
    if (performance.now() > end) assert.fail(`${what}: it is still ${inspect(value)} after ${soonMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Out of the timer's own callback, in which it still counts as one that keeps the process.
    await new Promise(setImmediate);
  }
}

export function accepted(outcome: Outcome, what = "the call"): void {
  assert.deepEqual(outcome, { status: "accepted" }, `${what} was accepted by the downstream`);
}

/** The failure of a call that failed as a whole, of one of these kinds and effects. */
export function failedAs(outcome: Outcome, kinds: readonly FailureKind[], effects: readonly Effect[]): Failure {
  const text = inspect(outcome, { depth: 5 });
  assert.equal(outcome.status, "failed", `expected a failed call (${kinds.join(" or ")}), not ${text}`);
  if (outcome.status !== "failed") throw new Error("unreachable");
  const { failure } = outcome;
  assert.ok(kinds.includes(failure.kind), `expected the kind ${kinds.join(" or ")}, not ${text}`);
  assert.ok(effects.includes(failure.effect), `expected the effect ${effects.join(" or ")}, not ${text}`);
  return failure;
}

const kinds: readonly string[] = failureKinds;

/** What every outcome owes, whatever it says. */
export function wellFormed(outcome: Outcome, items: number): void {
  if (outcome.status === "accepted") return;
  if (outcome.status === "failed") {
    wellFormedFailure(outcome.failure);
    return;
  }
  assert.ok(["partial", "unsendable"].includes(outcome.status), `there is no outcome "${outcome.status}"`);
  const indices = outcome.failures.map(({ index }) => index);
  assert.ok(indices.length > 0, `"${outcome.status}" lists no item`);
  assert.equal(new Set(indices).size, indices.length, `items are listed twice: ${indices}`);
  const inRange = indices.every((index) => Number.isInteger(index) && index >= 0 && index < items);
  assert.ok(inRange, `the call had ${items} items, and these are listed: ${indices}`);
  for (const { failure } of outcome.failures) wellFormedFailure(failure);
}

function wellFormedFailure(failure: Failure): void {
  const text = inspect(failure);
  assert.ok(kinds.includes(failure.kind), `there is no such kind: ${text}`);
  assert.ok(failure.effect === "no" || failure.effect === "maybe", `there is no such effect: ${text}`);
  assert.match(failure.code, /^[a-z@][\w@/-]*\.\S+$/i, `a code is a namespace, a dot and a word: ${text}`);
  assert.match(failure.message, /^[^\r\n]{1,1000}$/, `a message is one line for a person: ${text}`);
  const wish = failure.retryAfterMs;
  assert.ok(wish === undefined || (Number.isFinite(wish) && wish > 0), `retryAfterMs is no duration: ${text}`);
}
