import type { Failure, ItemFailure, Outcome } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { policyOf } from "../failure-policy.ts";
import { type Delivery, isOver } from "../lane/delivery.ts";
import { isUncertain } from "../settle/settle-failure.ts";

/** What a call's outcome means for its deliveries; those whose lease was lost are left out. */
export interface Verdict {
  /** What the lane's breaker is told; `undefined`: nothing was learnt of the downstream. */
  readonly lane: "passed" | Failure | undefined;
  readonly accepted: readonly Delivery[];
  /** These fail alone. */
  readonly failed: readonly (readonly [Delivery, Failure])[];
  /** These fail because the whole call did: they wait as long as the lane says. */
  readonly failedTogether: readonly (readonly [Delivery, Failure])[];
  /** Sent again, each group by itself. */
  readonly again: readonly (readonly Delivery[])[];
}

const none: readonly never[] = [];

/** @param hangs the call was still under way at its deadline, and one of its items is to blame. */
export function judgeAnswer(strategy: Strategy, sent: readonly Delivery[], outcome: Outcome, hangs: boolean): Verdict {
  switch (outcome.status) {
    case "accepted":
      // Spelt out: to add members to a copy made with `...` takes V8 1 µs.
      return { lane: "passed", accepted: ours(sent), failed: none, failedTogether: none, again: none };
    case "partial": {
      const { failed, others } = apart(sent, outcome.failures);
      return { lane: "passed", accepted: others, failed, failedTogether: none, again: none };
    }
    case "unsendable": {
      const { failed, others } = apart(sent, outcome.failures);
      return {
        lane: undefined,
        accepted: none,
        failed: failed.map(([delivery, failure]) => [delivery, { ...failure, kind: "rejected" }]),
        failedTogether: none,
        again: others.length > 0 ? [others] : none,
      };
    }
    case "failed":
      return judgeFailed(strategy, sent, outcome.failure, hangs);
  }
}

/**
 * A batch refused as a whole, or that makes the downstream hang, is halved until the bad item
 * stands alone.
 */
function judgeFailed(strategy: Strategy, sent: readonly Delivery[], given: Failure, hangs: boolean): Verdict {
  const failure: Failure = hangs ? { ...given, kind: "transient" } : given;
  const isDivisible = hangs || policyOf(failure).batch === "halve";
  const left = ours(sent);
  const fails = { lane: failure, accepted: none, failed: none };
  if (!isDivisible || sent.length === 1 || isUncertain(strategy, failure))
    return { ...fails, failedTogether: left.map((delivery) => [delivery, failure]), again: none };
  const middle = Math.ceil(left.length / 2);
  return { ...fails, failedTogether: none, again: [left.slice(0, middle), left.slice(middle)] };
}

function apart(
  sent: readonly Delivery[],
  failures: readonly ItemFailure[],
): Pick<Verdict, "failed"> & { readonly others: readonly Delivery[] } {
  const failureAt = new Map(failures.map(({ index, failure }) => [index, failure]));
  const failed: [Delivery, Failure][] = [];
  const others: Delivery[] = [];
  sent.forEach((delivery, index) => {
    if (isOver(delivery)) return;
    const failure = failureAt.get(index);
    if (failure === undefined) others.push(delivery);
    else failed.push([delivery, failure]);
  });
  return { failed, others };
}

function ours(sent: readonly Delivery[]): readonly Delivery[] {
  return sent.some(isOver) ? sent.filter((each) => !isOver(each)) : sent;
}
