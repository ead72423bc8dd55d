import type { Claim, Demand, Settlement } from "../../model/delivery.ts";
import type { FailureKind } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { Courier, type CourierParts } from "../call/courier.ts";
import { LaneGate } from "../call/lane-gate.ts";
import type { Parcel } from "../call/prepared-item.ts";
import { RateLimiter } from "../call/rate-limiter.ts";
import { LaneIntake } from "../read/lane-intake.ts";
import type { ReadBudget } from "../read/read-budget.ts";
import type { ReaderParts } from "../read/set-read.ts";
import type { Work } from "../settle/leases.ts";

export interface LaneParts extends Omit<CourierParts, "gate" | "settle" | "pace"> {
  readonly reader: ReaderParts;
  readonly budget: ReadBudget;
  readonly now: () => number;
  readonly settle: (settlement: Settlement) => void;
  /** Room came free. */
  readonly onRoom: () => void;
  /** The gate lets a probe through: something should be claimed for it. */
  readonly onProbe: () => void;
}

/** What a lane sends in less time than this is worth to be taken together. */
const lookAheadMs = 250;

/**
 * One strategy's way to its downstream: takes claims, reads them as a set, delivers them with its own concurrency, rate
 * limit and breaker. Holds no more in memory than its window, whatever the backlog.
 */
export class Lane {
  readonly strategy: Strategy;
  readonly #parts: LaneParts;
  readonly #gate: LaneGate;
  readonly #courier: Courier;
  readonly #intake: LaneIntake;
  readonly #limiter: RateLimiter | undefined;
  readonly #smallestWindow: number;
  readonly #largestWindow: number;
  #window: number;
  #filledAt = Number.NEGATIVE_INFINITY;
  #tookMs = Number.POSITIVE_INFINITY;
  #ready: Parcel[] = [];
  #calls = 0;
  #carried = 0;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #retired = false;
  #idle: (() => void)[] = [];

  constructor(parts: LaneParts) {
    const { strategy, tuning, downstream, events, now, random } = parts;
    this.strategy = strategy;
    this.#parts = parts;
    this.#gate = new LaneGate({ strategy: strategy.name, downstream, tuning, events, now, random });
    this.#courier = new Courier({
      ...parts,
      gate: this.#gate,
      pace: {
        waitMs: () => Math.max(this.#limiter?.waitMs(now()) ?? 0, downstream.rate?.waitMs(now()) ?? 0),
        take: () => {
          this.#limiter?.take();
          downstream.rate?.take();
        },
      },
      settle: (parcel, end) => this.#settle(parcel.work, end),
    });
    this.#intake = new LaneIntake(parts, {
      onParcels: (parcels) => this.#queue(parcels),
      onSettled: (work, settlement) => this.#settle(work, settlement),
      onBlocked: (work, failure) => {
        const delayMs = this.#gate.failed(failure);
        this.#release(work, failure.kind, delayMs);
        this.pump();
      },
    });
    this.#limiter = strategy.rate === undefined ? undefined : new RateLimiter(strategy.rate, now());
    const call = strategy.batch * strategy.concurrency;
    const perTwoSeconds =
      strategy.rate === undefined ? Number.POSITIVE_INFINITY : strategy.rate.perSecond * 2 * strategy.batch;
    // All that a killed worker had leased must be held where it must not be sent again: no more than it could send.
    const [ahead, farAhead] = strategy.idempotent ? [2 * call, call + tuning.prefetchLimit] : [call, call];
    this.#smallestWindow = Math.max(strategy.batch, Math.min(ahead, Math.ceil(perTwoSeconds)));
    this.#largestWindow = Math.max(this.#smallestWindow, Math.min(farAhead, Math.ceil(perTwoSeconds)));
    this.#window = this.#smallestWindow;
  }

  get inHand(): number {
    return this.#intake.size + this.#ready.length + this.#carried;
  }

  /** How many claims the lane has room for now. */
  get room(): number {
    if (this.#retired) return 0;
    switch (this.#gate.passage()) {
      case "none":
        return 0;
      case "one":
        return this.inHand === 0 ? this.strategy.batch : 0;
      default:
        return Math.max(0, this.#window - this.inHand);
    }
  }

  /** What to claim; `undefined` while that is too little to be worth a statement. */
  get demand(): Demand | undefined {
    const count = this.room;
    const worthwhile = count > 0 && (this.inHand === 0 || count >= this.#window / 2);
    return worthwhile ? { strategy: this.strategy.name, count, strict: !this.strategy.coalesce } : undefined;
  }

  /** Whether calls are under way: whatever they end with, there will be room. */
  get isSending(): boolean {
    return this.#calls > 0;
  }

  /**
   * More was to be had than there was room for: a full lane that asks for more so soon looks further ahead, so that a
   * statement serves many. A slow one does not: what it holds is in nobody else's reach.
   */
  widen(): void {
    // Not quite full: calls went on while the statement ran.
    if (this.inHand < this.#window / 2 || this.#tookMs >= lookAheadMs) return;
    this.#window = Math.min(this.#largestWindow, this.#window * 2);
  }

  /** Look less far ahead, but so far that no call waits for the next read. */
  narrow(): void {
    this.#window = Math.max(this.#smallestWindow, Math.floor(this.#window / 2));
  }

  /** These are being leased: they may be read meanwhile. */
  readEarly(keys: readonly string[], token: string): void {
    if (!this.#retired) this.#intake.readEarly(keys, token);
  }

  accept(claims: readonly Claim[], claimedAt: number): void {
    const at = this.#parts.now();
    this.#tookMs = at - this.#filledAt;
    this.#filledAt = at;
    const work = claims.map((claim) => this.#parts.leases.take(claim, claimedAt));
    this.#intake.add(work);
  }

  /** Start what may start. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gate.passage() === "none") this.#shed();
    while (this.#ready.length > 0 && this.#calls < this.#mostCalls()) {
      const waitMs = this.#waitMs();
      if (waitMs === undefined) return;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        return;
      }
      this.#start();
    }
    if (this.inHand === 0) this.#settleDown();
  }

  /** Stop taking work in, and put back what has not been sent. Calls in flight go on; see `abort`. */
  retire(): number {
    this.#retired = true;
    clearTimeout(this.#timer);
    this.#gate.close();
    const released = this.#intake.close();
    const work = [...released, ...this.#ready.map((parcel) => parcel.work)];
    this.#ready = [];
    if (work.length > 0) this.#release(work, "stopped", 0);
    return work.length;
  }

  /** End the calls in flight. */
  abort(reason: string): void {
    this.#courier.abort(reason);
  }

  /** Resolves when nothing is in hand. */
  whenIdle(): Promise<void> {
    return this.inHand === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** A lease was lost. */
  forget(work: Work): void {
    this.#intake.forget(work);
    this.#ready = this.#ready.filter((parcel) => parcel.work !== work);
    this.pump();
  }

  #queue(parcels: readonly Parcel[]): void {
    if (!this.#retired) this.#ready.push(...parcels);
    else if (parcels.length > 0)
      this.#release(
        parcels.map((parcel) => parcel.work),
        "stopped",
        0,
      );
    this.pump();
  }

  #mostCalls(): number {
    return this.#gate.passage() === "one" ? 1 : this.strategy.concurrency;
  }

  #waitMs(): number | undefined {
    const { downstream, now } = this.#parts;
    const at = now();
    const downstreamMs = downstream.waitMs(at, () => this.pump());
    if (downstreamMs === undefined) return undefined;
    return Math.max(downstreamMs, this.#limiter?.waitMs(at) ?? 0);
  }

  #start(): void {
    const parcels = this.#nextCall();
    this.#calls += 1;
    this.#carried += parcels.length;
    this.#limiter?.take();
    this.#parts.downstream.begin();
    void this.#courier.deliver(parcels).then(() => {
      this.#calls -= 1;
      this.#carried -= parcels.length;
      this.#parts.downstream.end();
      this.#pumpSoon();
    });
  }

  /** Once for all answers of this turn of the event loop: calls that are started together cost less than one after each answer. */
  #pumpSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.pump();
      if (this.demand !== undefined) this.#parts.onRoom();
    });
  }

  /** The oldest parcels of the oldest one's operation, as many as one call takes: a delete in between breaks no batch. */
  #nextCall(): readonly Parcel[] {
    const most = this.strategy.batch;
    if (most === 1) {
      // Not spliced: that copies what is left, which may be a thousand parcels.
      const only = this.#ready.shift();
      return only === undefined ? [] : [only];
    }
    const operation = this.#ready[0]?.operation;
    const call: Parcel[] = [];
    const rest: Parcel[] = [];
    let seen = 0;
    for (const parcel of this.#ready) {
      if (call.length === most) break;
      seen += 1;
      (parcel.operation === operation ? call : rest).push(parcel);
    }
    this.#ready.splice(0, seen, ...rest);
    return call;
  }

  /** The gate is shut: others may have what we hold, and a probe will claim for itself. */
  #shed(): void {
    const { downstream, now } = this.#parts;
    const work = [...this.#intake.drain(), ...this.#ready.map((parcel) => parcel.work)];
    this.#ready = [];
    if (work.length > 0) this.#release(work, "unavailable", 0);
    if (this.#retired || this.#gate.isAsking) return;
    const waitMs = Math.max(this.#gate.waitMs(), downstream.heldMs(now()), 1);
    this.#timer = setTimeout(() => void this.#probe(), waitMs);
  }

  async #probe(): Promise<void> {
    await this.#gate.ask();
    this.pump();
    this.#parts.onProbe();
  }

  #release(work: readonly Work[], reason: FailureKind | "stopped", delayMs: number): void {
    for (const each of work) this.#settle(each, { result: "released", claim: each.claim, delayMs });
    if (work.length > 0)
      this.#parts.events.emit("released", { strategy: this.strategy.name, count: work.length, reason });
  }

  #settle(work: Work, settlement: Settlement): void {
    if (work.lost) return;
    this.#parts.leases.drop(work);
    this.#parts.settle(settlement);
  }

  #settleDown(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
