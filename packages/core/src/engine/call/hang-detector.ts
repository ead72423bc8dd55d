import type { Outcome } from "../../model/outcome.ts";
import { policyOf } from "../failure-policy.ts";
import type { Delivery } from "../lane/delivery.ts";

type Sent = readonly Pick<Delivery, "claim">[];

/** Beyond this many, the oldest are forgotten: each costs one more call until it is known again. */
const mostRemembered = 10_000;

/**
 * Tells a downstream that is away from an item that makes it hang. Both look alike: the call reaches its deadline. But a
 * downstream that is away answers nobody, and the item is to blame if others were answered while its call was under way,
 * or since the last time that its call reached the deadline.
 */
export class HangDetector {
  /** How many answers had come when a delivery's call last reached its deadline, by the delivery's id. */
  readonly #answersThen = new Map<string, number>();
  #answers = 0;

  /** How many calls the downstream has answered, in whatever way: take it before a call. */
  get answers(): number {
    return this.#answers;
  }

  /**
   * A call has ended. Returns whether one of its items made it hang.
   *
   * @param atDeadline it was still under way at its deadline.
   * @param answersBefore `answers` from when it began.
   */
  isItsOwnFault(sent: Sent, outcome: Outcome, atDeadline: boolean, answersBefore: number): boolean {
    if (outcome.status !== "failed" || policyOf(outcome.failure).isAnswer) {
      this.#answered(sent);
      return false;
    }
    return atDeadline && outcome.failure.kind === "unavailable" && this.#hung(sent, answersBefore);
  }

  #answered(sent: Sent): void {
    this.#answers += 1;
    if (this.#answersThen.size > 0) for (const { claim } of sent) this.#answersThen.delete(claim.id);
  }

  #hung(sent: Sent, answersBefore: number): boolean {
    const ids = sent.map(({ claim }) => claim.id);
    const blamed =
      this.#answers > answersBefore || ids.some((id) => this.#answers > (this.#answersThen.get(id) ?? this.#answers));
    for (const id of ids) {
      this.#answersThen.delete(id);
      this.#answersThen.set(id, this.#answers);
    }
    for (const oldest of this.#answersThen.keys()) {
      if (this.#answersThen.size <= mostRemembered) break;
      this.#answersThen.delete(oldest);
    }
    return blamed;
  }
}
