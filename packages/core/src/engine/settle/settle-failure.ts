import type { Claim, Settlement } from "../../model/delivery.ts";
import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { backOff } from "../call/back-off.ts";
import { type Blame, costOf } from "../failure-policy.ts";
import type { Delivery } from "../lane/delivery.ts";
import type { DependencyWaits } from "./dependency-waits.ts";

/** Whether sending the same item again could make the downstream act twice where it must not. */
export function isUncertain(strategy: Strategy, failure: Failure): boolean {
  return !strategy.idempotent && failure.effect === "maybe";
}

/** Whether one more attempt that counts makes it a dead letter. */
export function isLastAttempt({ retry }: Strategy, { attempts }: Claim): boolean {
  return attempts + 1 >= retry.maxAttempts;
}

/**
 * What becomes of one item that failed, as the failure policy says.
 *
 * @param releaseMs how long an item waits that goes back without a mark.
 * @param waits of items that wait for what they point to.
 */
export function settleFailure(
  strategy: Strategy,
  claim: Claim,
  failure: Failure,
  blame: Blame,
  releaseMs: number,
  waits: DependencyWaits,
  random: () => number,
): Settlement {
  const cost = costOf(failure, blame);
  if (cost === "dead") return { result: "dead", claim, failure };
  if (isUncertain(strategy, failure)) return { result: "held", claim, failure };
  if (cost === "wait") {
    const waitMs = waits.nextMs(claim);
    if (waitMs === undefined) return settleAttempt(strategy, claim, failure, random);
    return { result: "released", claim, delayMs: Math.max(waitMs, failure.retryAfterMs ?? 0), failure };
  }
  // Whether an outage begins is not known before others have failed, or the item has once more.
  const isTooSoon = blame === "first" && isLastAttempt(strategy, claim);
  return cost === "attempt" && !isTooSoon
    ? settleAttempt(strategy, claim, failure, random)
    : { result: "released", claim, delayMs: releaseMs };
}

/** An attempt that counts: due again later, or dead when there were enough. */
function settleAttempt(strategy: Strategy, claim: Claim, failure: Failure, random: () => number): Settlement {
  if (isLastAttempt(strategy, claim)) return { result: "dead", claim, failure };
  const delayMs = Math.max(backOff(strategy.retry, claim.attempts + 1, random), failure.retryAfterMs ?? 0);
  return { result: "retry", claim, delayMs, failure };
}

/** What a claim that nobody came to an end with means for its strategy; `undefined`: it is sent again. */
function failureOfLapse({ idempotent, mode, retry }: Strategy, { lapsed, attempts }: Claim): Failure | undefined {
  if (lapsed && !idempotent && mode === "live") return unknownEnd;
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

/** Takes apart what a claim brought: those that are not sent again, with why. */
export function apartFromLapsed(
  strategy: Strategy,
  deliveries: readonly Delivery[],
): { readonly sound: readonly Delivery[]; readonly failed: readonly [Delivery, Failure, Blame][] } {
  const sound: Delivery[] = [];
  const failed: [Delivery, Failure, Blame][] = [];
  for (const delivery of deliveries) {
    const failure = failureOfLapse(strategy, delivery.claim);
    if (failure === undefined) sound.push(delivery);
    else failed.push([delivery, failure, "unclear"]);
  }
  return { sound, failed };
}
