import type { Failure, FailureKind } from "../../model/outcome.ts";
import { type Blame, type FailurePolicy, policyOf } from "../failure-policy.ts";
import { type Delivery, isOver } from "../lane/delivery.ts";
import type { Tuning } from "../tuning.ts";
import type { Downstream } from "./downstream.ts";

/** How many calls had gone which way when an item last failed. */
interface Suspicion {
  readonly passed: number;
  readonly passedDownstream: number;
  readonly failed: number;
  /** It failed in a call of its own. */
  readonly wasAlone: boolean;
  /** It was found to be at fault, of a failure of this kind. */
  readonly guiltyOf: FailureKind | undefined;
}

/** Beyond this many, the oldest are forgotten: each costs one more call until it is known again. */
const mostRemembered = 10_000;
/** Fewer items than this in a row may well be bad ones. */
const leastItems = 3;

/**
 * Tells an outage from items at fault, of one lane. An outage answers nobody well; an item is to
 * blame if others were answered well since it failed before, or while its call hung until its
 * deadline.
 */
export class OutageDetector {
  readonly #downstream: Downstream;
  readonly #mostCalls: number;
  #passed = 0;
  /** Not counting what items were to blame for. */
  #failed = 0;
  #inARow = 0;
  /** What failed since the last good answer: in calls of their own, and in batches. */
  readonly #alone = new Set<string>();
  readonly #batched = new Set<string>();
  /** Calls that had passed at the downstream when the failures in a row began. */
  #passedBefore = 0;
  /** By the delivery's id. */
  readonly #suspicions = new Map<string, Suspicion>();

  constructor(downstream: Downstream, { breakerFailures }: Pick<Tuning, "breakerFailures">) {
    this.#downstream = downstream;
    this.#mostCalls = breakerFailures;
  }

  /** How many calls were answered well: take it before a call. */
  get passes(): number {
    return this.#passed;
  }

  /** How many failures there were since a good answer. */
  get inARow(): number {
    return this.#inARow;
  }

  /** A call was answered well: these were taken, or judged. */
  passed(deliveries: readonly Delivery[]): void {
    this.#passed += 1;
    if (this.#inARow > 0) {
      this.#inARow = 0;
      this.#alone.clear();
      this.#batched.clear();
    }
    if (this.#suspicions.size > 0) for (const { claim } of deliveries) this.#suspicions.delete(claim.id);
  }

  /**
   * A call failed as a whole.
   *
   * @param passesBefore `passes` from when it began, if it hung until its deadline.
   */
  failed(deliveries: readonly Delivery[], failure: Failure, passesBefore?: number): Blame {
    const policy = policyOf(failure);
    if (policy.outage === "never") return "unclear";
    const ids = deliveries.filter((each) => !isOver(each)).map(({ claim }) => claim.id);
    const isHung = passesBefore !== undefined;
    // To divide a batch in vain costs nothing, nor is a call that hangs for a part of a downstream
    // that is away.
    const majority = isHung || ids.length > 1 ? 1 : policy.majority;
    const isTheirs =
      !this.#isOutage(policy) &&
      ((isHung && this.#passed > passesBefore) || ids.some((id) => this.#isToBlame(id, failure, majority)));
    // The parts of a batch that one of its items is to blame for say nothing of the downstream.
    if (isTheirs && ids.length > 1) return "item";
    const isFirst = !ids.some((id) => this.#suspicions.get(id)?.wasAlone);
    // Nor does what is known to fail.
    if (!isTheirs || !ids.every((id) => this.#isGuilty(id, failure))) this.#count(ids, policy, isTheirs);
    const isOutage = this.#isOutage(policy);
    for (const id of ids) this.#suspect(id, ids.length === 1, isTheirs && !isOutage ? failure.kind : undefined);
    if (isOutage) return this.#reach(policy);
    if (isTheirs) return "item";
    return isFirst ? "first" : "unclear";
  }

  /** A key could not be read: it is the same to the lane, and no item's fault. */
  blocked(failure: Failure): Blame {
    const policy = policyOf(failure);
    if (policy.outage === "never") return "unclear";
    this.#count([], policy, false);
    return policy.outage === "first" || this.#isOutage(policy) ? this.#reach(policy) : "unclear";
  }

  /**
   * These failed in a call that others passed in: with the same credentials, at the same address. So what says
   * that those are wrong is the item's own.
   */
  failedAmongOthers(failed: readonly (readonly [Delivery, Failure])[]): readonly Blame[] {
    const blames = failed.map(([{ claim }, failure]): Blame => {
      const { outage } = policyOf(failure);
      if (outage === "never") return "unclear";
      if (outage === "first") return "item";
      if (this.#isToBlame(claim.id, failure, policyOf(failure).majority)) return "item";
      return this.#suspicions.get(claim.id)?.wasAlone ? "unclear" : "first";
    });
    if (blames.some((blame) => blame !== "item")) this.#failed += 1;
    failed.forEach(([{ claim }, { kind }], index) => {
      this.#suspect(claim.id, true, blames[index] === "item" ? kind : undefined);
    });
    return blames;
  }

  #isOutage({ outage, reach }: FailurePolicy): boolean {
    switch (outage) {
      case "never":
        return false;
      case "items":
        return this.#inARow >= Math.max(leastItems, this.#mostCalls);
      case "calls":
        return this.#inARow >= this.#mostCalls;
      case "first": {
        const passed = reach === "lane" ? this.#passed : this.#downstream.passed;
        return this.#inARow >= (passed === 0 ? 1 : this.#mostCalls);
      }
    }
  }

  /** Other lanes may be answered well with the same credentials: then only this one is held. */
  #reach({ reach }: FailurePolicy): Blame {
    return reach === "downstream" && this.#downstream.passed > this.#passedBefore ? "lane" : reach;
  }

  #isGuilty(id: string, failure: Failure): boolean {
    return policyOf(failure).lasting && this.#suspicions.get(id)?.guiltyOf === failure.kind;
  }

  #isToBlame(id: string, failure: Failure, majority: number): boolean {
    const { reach } = policyOf(failure);
    const then = this.#suspicions.get(id);
    if (then === undefined) return false;
    if (this.#isGuilty(id, failure)) return true;
    const passed = reach === "lane" ? this.#passed - then.passed : this.#downstream.passed - then.passedDownstream;
    return passed >= majority * (this.#failed - then.failed + 1);
  }

  #count(ids: readonly string[], { outage }: FailurePolicy, isTheirs: boolean): void {
    if (this.#inARow === 0) this.#passedBefore = this.#downstream.passed;
    if (!isTheirs) this.#failed += 1;
    const [only] = ids;
    const isAlone = ids.length === 1 && only !== undefined;
    // The halves of a batch are nothing new; each item that fails alone is.
    const isNew = isAlone ? !this.#alone.has(only) : !ids.some((id) => this.#alone.has(id) || this.#batched.has(id));
    const countsAgain = outage !== "items" && !isTheirs;
    if (isNew || countsAgain) this.#inARow += 1;
    if (this.#inARow > 2 * this.#mostCalls + leastItems) return;
    if (isAlone) this.#alone.add(only);
    else for (const id of ids) this.#batched.add(id);
  }

  #suspect(id: string, isAlone: boolean, guiltyOf: FailureKind | undefined): void {
    const before = this.#suspicions.get(id);
    this.#suspicions.delete(id);
    this.#suspicions.set(id, {
      passed: this.#passed,
      passedDownstream: this.#downstream.passed,
      failed: this.#failed,
      wasAlone: isAlone || before?.wasAlone === true,
      guiltyOf: guiltyOf ?? before?.guiltyOf,
    });
    if (this.#suspicions.size <= mostRemembered) return;
    for (const oldest of this.#suspicions.keys()) {
      this.#suspicions.delete(oldest);
      return;
    }
  }
}
