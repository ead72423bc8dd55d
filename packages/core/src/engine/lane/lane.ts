import type { Demand } from "../../model/delivery.ts";
import type { Strategy } from "../../model/strategy.ts";
import { growing } from "../call/back-off.ts";
import type { Trouble } from "../call/circuit-breaker.ts";
import { judgeAnswer, type Verdict } from "../call/judge-answer.ts";
import { LaneBreaker } from "../call/lane-breaker.ts";
import { OutageDetector } from "../call/outage-detector.ts";
import { withSaneRetryAfter } from "../call/retry-after.ts";
import { SendQueue } from "../call/send-queue.ts";
import { ReadQueue, type ReadResult } from "../read/read-queue.ts";
import { sortReadings } from "../read/sort-readings.ts";
import { DependencyWaits } from "../settle/dependency-waits.ts";
import { apartFromLapsed } from "../settle/settle-failure.ts";
import { marginMs } from "../tuning.ts";
import { CallsUnderWay } from "./calls-under-way.ts";
import { type Delivery, isOver, type LeaseLoss } from "./delivery.ts";
import type { LaneParts } from "./lane-parts.ts";
import { LaneRoom } from "./lane-room.ts";
import type { LaneSnapshot } from "./lane-snapshot.ts";
import type { Call, LaneEffect, LaneEvent } from "./lane-steps.ts";
import { Outbox } from "./outbox.ts";

/**
 * One strategy's way to its downstream, as a machine: each step takes what happened and says what
 * is to be done. It awaits nothing and calls nothing but a strategy's `map`; its runner does. Holds
 * no more in memory than its window, whatever the backlog.
 */
export class Lane {
  readonly strategy: Strategy;
  readonly #parts: LaneParts;
  readonly #margin: number;
  readonly #room: LaneRoom;
  readonly #reads: ReadQueue;
  readonly #sends = new SendQueue();
  readonly #calls: CallsUnderWay;
  readonly #breaker: LaneBreaker;
  readonly #outages: OutageDetector;
  readonly #out: Outbox;
  #isRetired = false;
  /** It waits for its circuit, and wants a claim for the probe. */
  #awaitsProbe = false;
  #hasAnswers = false;

  constructor(parts: LaneParts) {
    const { strategy, tuning, budget, resume } = parts;
    this.strategy = strategy;
    this.#parts = parts;
    this.#margin = marginMs(tuning);
    this.#calls = new CallsUnderWay({ ...parts, marginMs: this.#margin });
    const isHeld = (delivery: Delivery) => this.#isHeld(delivery);
    this.#reads = new ReadQueue({ budget, readLimit: tuning.readLimit, isHeld, resume });
    const onEnd = (delivery: Delivery) => {
      if (delivery.isLive) this.#room.liveEnded();
      this.#reads.ended(delivery);
    };
    const waits = new DependencyWaits({ ...parts, retry: strategy.retry, limitMs: tuning.dependencyMs });
    this.#out = new Outbox({ ...parts, waits, onEnd });
    this.#outages = new OutageDetector(parts.downstream, tuning);
    this.#breaker = new LaneBreaker({
      ...parts,
      strategy: strategy.name,
      tell: (event, payload) => this.#out.tell(event, payload),
    });
    this.#room = new LaneRoom(strategy, tuning, this.#breaker, parts.gates ?? []);
  }

  /** What keeps the lane's own circuit open. */
  get trouble(): Trouble | undefined {
    return this.#breaker.trouble;
  }

  get inHand(): number {
    return this.#reads.size + this.#sends.size + this.#calls.deliveries;
  }

  /** Whether calls are under way: whatever they end with, there will be room. */
  get isSending(): boolean {
    return this.#calls.size > 0;
  }

  /** Under way now. */
  get calls(): readonly Call[] {
    return this.#calls.items();
  }

  /** When its windows open, epoch milliseconds: `undefined` while they are. */
  get opensAt(): number | undefined {
    return this.#room.opensAt;
  }

  /** How many claims the lane has room for now. */
  get room(): number {
    return this.#isRetired ? 0 : this.#room.all(this.inHand);
  }

  /** The same for live changes as they are written, for which a backlog in hand leaves room. */
  get liveRoom(): number {
    return this.#isRetired ? 0 : this.#room.live(this.inHand);
  }

  /** What to claim; `undefined` while that is too little to be worth a statement. */
  get demand(): Demand | undefined {
    return this.#isRetired ? undefined : this.#room.demand(this.inHand);
  }

  /** Where it stands, for a person. */
  get snapshot(): LaneSnapshot {
    return {
      strategy: this.strategy.name,
      circuit: this.#breaker.state,
      isChecking: this.#breaker.isChecking,
      isRetired: this.#isRetired,
      window: this.#room.window,
      reading: this.#reads.size,
      ready: this.#sends.size,
      sending: this.#calls.deliveries,
      calls: this.calls.map(({ deliveries, timeoutMs }) => ({ items: deliveries.length, timeoutMs })),
    };
  }

  /** More was to be had than there was room for. */
  widen(): void {
    this.#room.widen(this.inHand);
  }

  narrow(): void {
    this.#room.narrow();
  }

  /** @returns what is to be done, in this order. Call again only after the effects were begun. */
  step(event: LaneEvent): readonly LaneEffect[] {
    switch (event.on) {
      case "leasing":
        this.#leasing(event.keys, event.token);
        break;
      case "claimed":
        this.#claimed(event.deliveries, event.isLive);
        break;
      case "read":
        this.#wasRead(this.#reads.read(event.read, event.readings));
        break;
      case "answered":
        this.#answered(event);
        break;
      case "checked":
        this.#breaker.checked(event.failure);
        break;
      case "lease-lost":
        this.#lose(event.delivery, event.how);
        break;
      case "due":
        break;
      case "retire":
        this.#retire();
        break;
    }
    // Calls that start together cost less than one after each answer.
    if (event.on === "answered") this.#out.add({ do: "wake-soon" });
    else this.#advance();
    if (this.#reads.takeFreedTurn()) this.#out.add({ do: "free-turn" });
    return this.#out.take();
  }

  /** Starts what may start. */
  #advance(): void {
    if (this.#breaker.state === "open") {
      this.#rest();
      return;
    }
    if (this.#isRetired) return;
    if (this.opensAt !== undefined) {
      this.#out.release([...this.#reads.drain(), ...this.#sends.drain()], "window");
      return;
    }
    for (const read of this.#reads.next()) this.#out.add({ do: "read", read });
    this.#startCalls();
    if (this.#awaitsProbe) {
      this.#awaitsProbe = false;
      this.#out.add({ do: "ask-for-claims", why: "probe" });
    } else if (this.#hasAnswers && this.demand !== undefined) {
      this.#out.add({ do: "ask-for-claims", why: "room" });
    }
    this.#hasAnswers = false;
  }

  /** The circuit is open: others may have what is in hand, and a probe will claim for itself. */
  #rest(): void {
    this.#out.release([...this.#reads.drain(), ...this.#sends.drain()], "unavailable");
    if (this.#isRetired || this.#breaker.isChecking) return;
    this.#awaitsProbe = true;
    const { waitMs } = this.#breaker;
    if (waitMs > 0) this.#out.add({ do: "wake", inMs: waitMs });
    else if (this.#breaker.beginCheck()) this.#out.add({ do: "check" });
  }

  #startCalls(): void {
    const { strategy } = this;
    while (this.#sends.size > 0) {
      const most = this.#breaker.state === "half-open" ? 1 : strategy.concurrency;
      if (this.#calls.size >= most) return;
      const waitMs = this.#calls.waitMs();
      if (waitMs === undefined) return;
      if (waitMs > 0) {
        this.#out.add({ do: "wake", inMs: waitMs });
        return;
      }
      const deliveries = this.#sends
        .next(strategy.batch, strategy.deleteBatch)
        .filter((delivery) => this.#isHeld(delivery));
      if (deliveries.length > 0)
        this.#out.add({ do: "call", call: this.#calls.start(deliveries, this.#outages.passes) });
    }
  }

  #leasing(keys: readonly string[], token: string): void {
    const read = this.#isRetired ? undefined : this.#reads.readEarly(keys, token);
    if (read !== undefined) this.#out.add({ do: "read", read });
  }

  #claimed(deliveries: readonly Delivery[], isLive: boolean): void {
    this.#room.filled(this.inHand, this.#parts.now(), isLive ? deliveries.length : 0);
    if (isLive) for (const delivery of deliveries) delivery.isLive = true;
    const { sound, failed } = apartFromLapsed(this.strategy, deliveries);
    this.#out.fail(failed, () => 0);
    if (this.#isRetired) this.#out.release(sound, "stopped");
    else this.#wasRead(this.#reads.add(sound));
  }

  #wasRead(result: ReadResult | undefined): void {
    if (result === undefined) return;
    if (this.#isRetired) {
      const known = result.readings.map(([delivery]) => delivery);
      this.#out.release([...known, ...result.tooLarge, ...this.#reads.drain()], "stopped");
      return;
    }
    const sorted = sortReadings(this.strategy, result, this.#parts.budget.maxItemBytes);
    const { ready, bytes, failed, skipped, blocked, blockedBy, thrown } = sorted;
    for (const delivery of ready) this.#reads.hold(delivery, delivery.prepared?.item.json.length ?? 0);
    if (!result.read.isAlone) this.#reads.brought(result.readings.length, bytes);
    for (const error of thrown) this.#out.add({ do: "judge-map", error });
    if (ready.length > 0 && this.strategy.map !== undefined) this.#out.add({ do: "judge-map" });
    this.#out.fail(failed, () => 0);
    this.#out.skip(skipped);
    if (blockedBy !== undefined) {
      const blame = this.#outages.blocked(blockedBy);
      this.#out.release(blocked, blockedBy.kind, this.#breaker.failed(blockedBy, blame, this.#outages.inARow));
    }
    this.#sends.add(ready);
  }

  #answered({ call, outcome: given, atDeadline }: LaneEvent & { readonly on: "answered" }): void {
    const outcome = withSaneRetryAfter(given, this.#parts.tuning.maxRetryAfterMs);
    if (!this.#calls.end(call, outcome.status === "unsendable")) return;
    this.#hasAnswers = true;
    this.#conclude(judgeAnswer(this.strategy, call, outcome, atDeadline, this.#outages));
  }

  #conclude({ lane, accepted, failed, failedTogether, again }: Verdict): void {
    const { tuning, random } = this.#parts;
    let togetherMs = 0;
    if (lane === "passed") this.#breaker.passed();
    else if (lane !== undefined) togetherMs = this.#breaker.failed(lane.failure, lane.blame, this.#outages.inARow);
    this.#out.fail(failed, ({ retryAfterMs = 0 }) =>
      Math.max(growing(tuning.breakerOpenMs, tuning.breakerMaxOpenMs, 0, random), retryAfterMs),
    );
    this.#out.fail(failedTogether, () => togetherMs);
    this.#out.accept(accepted);
    if (this.#isRetired) this.#out.release(again.flat(), "stopped");
    else this.#sends.addGroups(again);
  }

  #retire(): void {
    this.#isRetired = true;
    this.#out.release([...this.#reads.drain(), ...this.#sends.drain()], "stopped");
  }

  #lose(delivery: Delivery, how: LeaseLoss): void {
    if (isOver(delivery)) return;
    const isUnsent = delivery.state !== "sending";
    if (!isUnsent) {
      for (const call of this.calls)
        if (call.deliveries.includes(delivery)) this.#out.add({ do: "abort", call, reason: "lease lost" });
    }
    this.#out.lose(delivery, isUnsent && how === "lapsed");
    this.#reads.prune();
    this.#sends.prune();
  }

  /** A call must end some time before the lease does. */
  #isHeld(delivery: Delivery): boolean {
    if (!isOver(delivery) && this.#parts.now() + this.#margin >= delivery.leaseUntil) this.#lose(delivery, "lapsed");
    return !isOver(delivery);
  }
}
