import type { Claim, Settlement } from "../../model/delivery.ts";
import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { backOff } from "../call/back-off.ts";
import { policyOf } from "../failure-policy.ts";

/** Whether sending the same item again could make the downstream act twice where it must not. */
export function isUncertain(strategy: Strategy, failure: Failure): boolean {
  return !strategy.idempotent && failure.effect === "maybe";
}

/**
 * What becomes of one item that failed alone, as the failure policy says.
 *
 * @param releaseMs how long an item waits that goes back without a mark.
 */
export function settleFailure(
  strategy: Strategy,
  claim: Claim,
  failure: Failure,
  releaseMs: number,
  random: () => number,
): Settlement {
  const { item } = policyOf(failure);
  if (item === "dead") return { result: "dead", claim, failure };
  if (isUncertain(strategy, failure)) return { result: "held", claim, failure };
  return item === "attempt"
    ? settleAttempt(strategy, claim, failure, random)
    : { result: "released", claim, delayMs: releaseMs };
}

/** An attempt that counts: due again later, or dead when there were enough. */
function settleAttempt(strategy: Strategy, claim: Claim, failure: Failure, random: () => number): Settlement {
  const attempt = claim.attempts + 1;
  if (attempt >= strategy.retry.maxAttempts) return { result: "dead", claim, failure };
  const delayMs = Math.max(backOff(strategy.retry, attempt, random), failure.retryAfterMs ?? 0);
  return { result: "retry", claim, delayMs, failure };
}

/** What a claim that nobody came to an end with means for its strategy; `undefined`: it is sent again. */
export function failureOfLapse({ idempotent, retry }: Strategy, { lapsed, attempts }: Claim): Failure | undefined {
  if (lapsed && !idempotent) return unknownEnd;
  return attempts >= retry.maxAttempts ? lapsedTooOften : undefined;
}

/** Whoever leased it was killed or cut off, perhaps in the middle of its call. */
const unknownEnd: Failure = {
  kind: "transient",
  code: "lease.lapsed",
  message: "Its lease lapsed: it may have been sent, and whoever worked on it did not say how that ended.",
  effect: "maybe",
};

const lapsedTooOften: Failure = {
  kind: "rejected",
  code: "lease.lapsed",
  message: "Its leases lapsed until no attempt was left: whoever worked on it did not come to an end.",
  effect: "maybe",
};
