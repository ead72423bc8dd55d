import type { SyncCall } from "../../contracts/sync-invoker.ts";
import type { Settlement } from "../../model/delivery.ts";
import type { Failure, ItemFailure, Outcome } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { EventHub } from "../events.ts";
import { policyOf } from "../failure-policy.ts";
import { isUncertain, settleFailure } from "../settle/disposition.ts";
import type { LeaseKeeper } from "../settle/leases.ts";
import { marginMs, type Tuning } from "../tuning.ts";
import { Attempt } from "./attempt.ts";
import { growing } from "./back-off.ts";
import type { Downstream } from "./downstream.ts";
import { HangDetector } from "./hang-detector.ts";
import type { LaneGate } from "./lane-gate.ts";
import { composeCall, type Parcel } from "./prepared-item.ts";
import { withSaneRetryAfter } from "./retry-after.ts";
import { SignalPool } from "./signal-pool.ts";

export interface CourierParts {
  readonly strategy: Strategy;
  readonly downstream: Downstream;
  readonly gate: LaneGate;
  readonly leases: LeaseKeeper;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly random: () => number;
  readonly trace: (call: SyncCall) => { readonly [header: string]: string };
  /** The rates of the strategy and of the downstream, for calls that follow from another one. */
  readonly pace: { waitMs(): number; take(): void };
  /** Takes each parcel's end, once. */
  readonly settle: (parcel: Parcel, settlement: Settlement) => void;
}

/** Delivers parcels of one strategy and one operation, and says how each ended. */
export class Courier {
  readonly #parts: CourierParts;
  readonly #aborts = new Set<(reason: string) => void>();
  readonly #judge = new HangDetector();
  readonly #signals = new SignalPool();

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /** End all calls in flight. */
  abort(reason: string): void {
    for (const abort of this.#aborts) abort(reason);
  }

  /** Resolves when every parcel has been settled or its lease was lost. Never rejects. */
  async deliver(parcels: readonly Parcel[]): Promise<void> {
    const { leases, tuning } = this.#parts;
    const margin = marginMs(tuning);
    const held = parcels.filter((parcel) => leases.holds(parcel.work, margin));
    if (held.length === 0) return;
    const outcome = await this.#judged(held, margin);
    const rest = this.#conclude(held, outcome);
    if (rest !== undefined) await rest;
  }

  /** Returns what is left to do: further calls, for parts of these. */
  #conclude(held: readonly Parcel[], outcome: JudgedOutcome): Promise<void> | undefined {
    const { strategy, gate } = this.#parts;
    const ours = held.filter(isOurs);
    switch (outcome.status) {
      case "accepted":
        gate.passed();
        this.#accept(ours);
        return undefined;
      case "partial":
        gate.passed();
        this.#settlePartial(held, outcome.failures);
        return undefined;
      case "unsendable": {
        const bad = new Set(
          this.#settleListed(held, outcome.failures, (failure) => ({ ...failure, kind: "rejected" })),
        );
        const rest = ours.filter((parcel) => !bad.has(parcel));
        // Nothing was sent, so the rate allows it; but another call may have shut the lane meanwhile.
        if (gate.passage() !== "none") return this.deliver(rest);
        this.#fail(rest, gone, 0);
        return undefined;
      }
      case "failed":
        if (isDivisible(outcome) && held.length > 1 && !isUncertain(strategy, outcome.failure)) {
          return this.#divide(ours, outcome.failure);
        }
        this.#fail(ours, outcome.failure, gate.failed(outcome.failure));
        return undefined;
    }
  }

  /** The call's outcome, which is the item's own fault where it alone makes the downstream hang. */
  async #judged(parcels: readonly Parcel[], margin: number): Promise<JudgedOutcome> {
    const answersBefore = this.#judge.answers;
    const sent = this.#attempt(parcels, margin);
    const outcome = withSaneRetryAfter(await sent.outcome, this.#parts.tuning.maxRetryAfterMs);
    this.#forget(sent, parcels);
    const ids = parcels.map((parcel) => parcel.work.claim.id);
    if (outcome.status !== "failed" || policyOf(outcome.failure).isAnswer) {
      this.#judge.answered(ids);
      return outcome;
    }
    if (!sent.atDeadline || outcome.failure.kind !== "unavailable") return outcome;
    if (!this.#judge.isItsOwnFault(ids, answersBefore)) return outcome;
    return { status: "failed", failure: { ...outcome.failure, kind: "transient" }, hangs: true };
  }

  #attempt(parcels: readonly Parcel[], margin: number): Attempt {
    const { strategy, downstream, leases } = this.#parts;
    const call = composeCall(strategy, parcels);
    const leaseMs = leases.remainingMs(firstExpiry(parcels)) - margin;
    const attempt = new Attempt({
      timeoutMs: Math.max(1, Math.min(strategy.timeoutMs, leaseMs)),
      graceMs: Math.min(1_000, margin / 2),
      onBug: this.#onBug,
      controller: this.#signals.take(),
    });
    this.#aborts.add(attempt.abort);
    for (const parcel of parcels) parcel.work.abort = attempt.abort;
    attempt.start(downstream.invoker, call, this.#parts.trace(call));
    return attempt;
  }

  /** From here on nobody can end the call, so that its signal may serve another one. */
  #forget(sent: Attempt, parcels: readonly Parcel[]): void {
    this.#aborts.delete(sent.abort);
    for (const parcel of parcels) parcel.work.abort = undefined;
    if (sent.hasAnswered && this.#parts.downstream.invoker.releasesSignals === true)
      this.#signals.giveBack(sent.controller);
  }

  readonly #onBug = (error: unknown): void => {
    this.#parts.events.emit("error", { during: `invoke ${this.#parts.strategy.name}`, error });
  };

  #accept(parcels: readonly Parcel[]): void {
    const first = parcels[0];
    if (first === undefined) return;
    for (const parcel of parcels) this.#parts.settle(parcel, { result: "accepted", claim: parcel.work.claim });
    const { events, strategy } = this.#parts;
    if (!events.hasListeners("delivered")) return;
    const items = parcels.map(({ item: { deliveryId, key, revision } }) => ({ deliveryId, key, revision }));
    events.emit("delivered", { strategy: strategy.name, operation: first.operation, items });
  }

  #settlePartial(held: readonly Parcel[], failures: readonly ItemFailure[]): void {
    const failed = new Set(this.#settleListed(held, failures, (failure) => failure));
    this.#accept(held.filter((parcel) => !failed.has(parcel) && !parcel.work.lost));
  }

  /** Returns the parcels listed, settled. */
  #settleListed(
    held: readonly Parcel[],
    failures: readonly ItemFailure[],
    judge: (failure: Failure) => Failure,
  ): readonly Parcel[] {
    const { tuning, random } = this.#parts;
    return failures.flatMap(({ index, failure }) => {
      const parcel = held[index];
      if (parcel === undefined) return [];
      const releaseMs = failure.retryAfterMs ?? growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, 0, random);
      if (!parcel.work.lost) this.#fail([parcel], judge(failure), releaseMs);
      return [parcel];
    });
  }

  /** Each parcel ends as if it had failed alone. */
  #fail(parcels: readonly Parcel[], failure: Failure, releaseMs: number): void {
    const { strategy, random, settle, events } = this.#parts;
    let released = 0;
    for (const parcel of parcels) {
      const settlement = settleFailure(strategy, parcel.work.claim, failure, releaseMs, random);
      if (settlement.result === "released") released += 1;
      settle(parcel, settlement);
    }
    if (released > 0) events.emit("released", { strategy: strategy.name, count: released, reason: failure.kind });
  }

  /** A batch refused as a whole, or that makes the downstream hang, is halved until the bad item stands alone. */
  async #divide(parcels: readonly Parcel[], failure: Failure): Promise<void> {
    this.#parts.gate.failed(failure);
    const middle = Math.ceil(parcels.length / 2);
    for (const half of [parcels.slice(0, middle), parcels.slice(middle)]) {
      if ((await this.#waitForRate()) && this.#parts.gate.passage() !== "none") await this.deliver(half);
      else
        this.#fail(
          half.filter((parcel) => !parcel.work.lost),
          gone,
          0,
        );
    }
  }

  /** Returns whether the call may be made: `false` if all calls were ended meanwhile. */
  async #waitForRate(): Promise<boolean> {
    const { pace } = this.#parts;
    for (let waitMs = pace.waitMs(); waitMs > 0; waitMs = pace.waitMs()) {
      const isOver = await new Promise<boolean>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          this.#aborts.delete(end);
          resolve(true);
        };
        const timer = setTimeout(() => {
          this.#aborts.delete(end);
          resolve(false);
        }, waitMs);
        this.#aborts.add(end);
      });
      if (isOver) return false;
    }
    pace.take();
    return true;
  }
}

function isOurs(parcel: Parcel): boolean {
  return !parcel.work.lost;
}

function firstExpiry(parcels: readonly Parcel[]): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { work } of parcels) first = Math.min(first, work.expiresAt);
  return first;
}

type JudgedOutcome = Outcome & { readonly hangs?: true };

function isDivisible(outcome: JudgedOutcome & { readonly status: "failed" }): boolean {
  return policyOf(outcome.failure).batch === "halve" || outcome.hangs === true;
}

/** What is left of a batch when its downstream closes while the batch is being halved. */
const gone: Failure = {
  kind: "cancelled",
  code: "lane.closed",
  message: "The lane closed before this item's turn came.",
  effect: "no",
};
