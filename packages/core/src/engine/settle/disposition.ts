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
