import type { SyncCall } from "../../contracts/sync-invoker.ts";
import type { Claim, Demand } from "../../model/delivery.ts";
import type { Failure, Outcome } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { Deadlines } from "../../transport-kit/deadlines.ts";
import { Attempt, type AttemptParts } from "../call/attempt.ts";
import { checkDownstream } from "../call/check-downstream.ts";
import type { Trouble } from "../call/circuit-breaker.ts";
import type { ShadowSamples } from "../call/shadow.ts";
import type { EventHub } from "../events.ts";
import type { Faults } from "../guard/faults.ts";
import type { KeyRedaction } from "../guard/key-redaction.ts";
import { nameAndPlace, wordlessError } from "../guard/wordless-error.ts";
import { blockedAs, endOfRead, type KeyReading } from "../read/key-reading.ts";
import type { Read } from "../read/read-queue.ts";
import { readKeys } from "../read/reader.ts";
import type { ReaderParts } from "../read/set-read.ts";
import type { LeaseKeeper } from "../settle/leases.ts";
import { marginMs } from "../tuning.ts";
import type { Delivery, LeaseLoss, LeaseOwner } from "./delivery.ts";
import { Lane } from "./lane.ts";
import type { LaneParts } from "./lane-parts.ts";
import type { LaneSnapshot } from "./lane-snapshot.ts";
import type { Call, EngineEffect, LaneEffect, LaneEvent } from "./lane-steps.ts";

export interface LaneRunnerParts extends Omit<LaneParts, "resume" | "hasListeners"> {
  readonly reader: ReaderParts;
  readonly leases: LeaseKeeper;
  readonly events: EventHub;
  readonly faults: Faults;
  readonly shadows: ShadowSamples;
  /** Where keys are not to be shown. */
  readonly redaction?: KeyRedaction | undefined;
  readonly trace: (call: SyncCall) => { readonly [header: string]: string };
  /** Takes what leaves the lane. */
  readonly perform: (effect: EngineEffect, strategy: string) => void;
}

/**
 * Does what a lane wants done, and tells it what came of it: the one place where foreign code is
 * awaited, where timers run, and where each of them is bounded and caught.
 */
export class LaneRunner implements LeaseOwner {
  readonly #parts: LaneRunnerParts;
  readonly #lane: Lane;
  readonly #coming: LaneEvent[] = [];
  /** Few, and no `Set`: see `Bag`. */
  #reads: Read[] = [];
  readonly #attempts: AttemptParts<Call>;
  readonly #stop = new AbortController();
  /** As health names it; made once, since every call needs it. */
  readonly #downstreamPart: string;
  #isStepping = false;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #putBack = 0;
  #whenIdle: (() => void)[] = [];

  constructor(parts: LaneRunnerParts) {
    this.#parts = parts;
    this.#downstreamPart = `downstream ${parts.downstream.name}`;
    this.#attempts = {
      invoker: parts.downstream.invoker,
      trace: parts.trace,
      graceMs: Math.min(1_000, marginMs(parts.tuning) / 2),
      deadlines: new Deadlines(),
      onEnd: (call, outcome, attempt) => this.#answered(call, outcome, attempt),
      onBug: (error) => parts.faults.caught(this.#downstreamPart, "invoke", error),
    };
    const hasListeners = parts.events.hasListeners.bind(parts.events);
    this.#lane = new Lane({ ...parts, hasListeners, resume: this.#due });
  }

  get strategy(): Strategy {
    return this.#lane.strategy;
  }

  get trouble(): Trouble | undefined {
    return this.#lane.trouble;
  }

  get inHand(): number {
    return this.#lane.inHand;
  }

  get room(): number {
    return this.#lane.room;
  }

  get liveRoom(): number {
    return this.#lane.liveRoom;
  }

  get demand(): Demand | undefined {
    return this.#lane.demand;
  }

  get opensAt(): number | undefined {
    return this.#lane.opensAt;
  }

  get isSending(): boolean {
    return this.#lane.isSending;
  }

  get snapshot(): LaneSnapshot {
    return this.#lane.snapshot;
  }

  widen(): void {
    this.#lane.widen();
  }

  narrow(): void {
    this.#lane.narrow();
  }

  /** These are being leased: they may be read meanwhile. */
  readEarly(keys: readonly string[], token: string): void {
    this.#tell({ on: "leasing", keys, token });
  }

  /** @param claimedAt monotonic, from before the claiming statement. */
  accept(claims: readonly Claim[], claimedAt: number): void {
    this.#tell({ on: "claimed", deliveries: this.#take(claims, claimedAt), isLive: false });
  }

  /** The same for live changes that a dispatch leased as it wrote them. */
  acceptLive(claims: readonly Claim[], claimedAt: number): void {
    this.#tell({ on: "claimed", deliveries: this.#take(claims, claimedAt), isLive: true });
  }

  #take(claims: readonly Claim[], claimedAt: number): readonly Delivery[] {
    return claims.map((claim) => this.#parts.leases.take(claim, claimedAt, this));
  }

  leaseLost(delivery: Delivery, how: LeaseLoss): void {
    this.#tell({ on: "lease-lost", delivery, how });
  }

  /** Puts back what has not been sent; calls in flight go on, see `abort`. Returns how many went back. */
  retire(): number {
    clearTimeout(this.#timer);
    this.#stop.abort(new Error("stopped"));
    this.#tell({ on: "retire" });
    return this.#putBack;
  }

  /** Ends calls and reads in flight; what comes of the reads is not waited for. */
  abort(reason: string): void {
    for (const call of this.#lane.calls) call.attempt?.abort(reason);
    for (const read of this.#reads) this.#wasRead(read, blockedAs(read.texts, gaveUp));
  }

  /** Resolves when nothing is in hand. */
  whenIdle(): Promise<void> {
    return this.#isIdle ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#lane.inHand === 0 && this.#soon === undefined;
  }

  /** Steps through one event after the other, also when performing an effect brings the next one at once. */
  #tell(event: LaneEvent): void {
    this.#coming.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#coming.shift(); next !== undefined; next = this.#coming.shift())
        for (const effect of this.#lane.step(next)) this.#perform(effect);
    } finally {
      this.#isStepping = false;
    }
    if (this.#isIdle) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  readonly #due = (): void => this.#tell({ on: "due" });

  #perform(effect: LaneEffect): void {
    switch (effect.do) {
      case "read":
        void this.#read(effect.read);
        return;
      case "call":
        this.#call(effect.call);
        return;
      case "abort":
        effect.call.attempt?.abort(effect.reason);
        return;
      case "check":
        void this.#check();
        return;
      case "wake":
        clearTimeout(this.#timer);
        this.#timer = setTimeout(this.#due, effect.inMs);
        return;
      case "wake-soon":
        this.#soon ??= setImmediate(() => {
          this.#soon = undefined;
          this.#due();
        });
        return;
      case "free-turn":
        this.#parts.budget.wakeWaiting();
        return;
      case "judge-map":
        this.#judgeMap(effect);
        return;
      default:
        this.#performOutside(effect);
    }
  }

  #performOutside(effect: EngineEffect): void {
    if (effect.do === "settle" || effect.do === "lose") this.#parts.leases.drop(effect.delivery);
    if (effect.do === "tell" && effect.event === "released" && effect.payload.reason === "stopped")
      this.#putBack += effect.payload.count;
    this.#parts.perform(effect, this.strategy.name);
  }

  #judgeMap(effect: LaneEffect & { readonly do: "judge-map" }): void {
    const { faults } = this.#parts;
    const part = `strategy ${this.strategy.name}`;
    if ("error" in effect) faults.caught(part, "map", effect.error);
    else faults.worked(part, "map");
  }

  async #read(read: Read): Promise<void> {
    const { reader, events } = this.#parts;
    const { name } = this.strategy;
    this.#reads.push(read);
    const watched = events.observers.begin("reading", { strategy: name, keys: read.texts });
    let readings: readonly KeyReading[];
    try {
      const limits = { maxBytes: read.maxBytes, signal: this.#stop.signal };
      const readNow = () => readKeys(reader, this.strategy, read.texts, limits);
      readings = await (watched === undefined ? readNow() : watched.around(readNow));
    } catch (error) {
      // Only a bug of our own gets here: readKeys turns what can be expected into readings.
      events.emit("error", { during: `read ${name}`, error: wordlessError(error) });
      const message = `The read threw ${nameAndPlace(error)}.`;
      readings = blockedAs(read.texts, { kind: "misconfigured", code: "read.threw", message, effect: "no" });
    }
    const { redaction } = this.#parts;
    if (redaction !== undefined) readings = readings.map((reading) => redaction.reading(reading, read.texts));
    watched?.ended(endOfRead(readings));
    this.#wasRead(read, readings);
  }

  #wasRead(read: Read, readings: readonly KeyReading[]): void {
    if (!this.#reads.includes(read)) return;
    this.#reads = this.#reads.filter((each) => each !== read);
    this.#tell({ on: "read", read, readings });
  }

  #call(call: Call): void {
    const { events, downstream, shadows } = this.#parts;
    shadows.sent(this.strategy.name, call.request);
    if (!events.observers.isEmpty && this.strategy.mode === "live") {
      const claims = call.deliveries.map(({ claim }) => claim);
      call.watched = events.observers.begin("calling", { call: call.request, downstream: downstream.name, claims });
    }
    const attempt = new Attempt(this.#attempts, call, call.watched?.headers);
    call.attempt = attempt;
    if (call.watched === undefined) attempt.start();
    else call.watched.around(() => attempt.start());
  }

  #answered(call: Call, answer: Outcome, { isBroken, atDeadline }: Attempt<Call>): void {
    const { downstream, faults, redaction } = this.#parts;
    const keys = () => call.deliveries.map(({ claim }) => claim.key);
    const outcome =
      redaction === undefined || answer.status === "accepted" ? answer : redaction.outcome(answer, keys());
    call.attempt = undefined;
    if (!isBroken) faults.worked(this.#downstreamPart, "invoke");
    call.watched?.ended(outcome);
    call.watched = undefined;
    this.#tell({ on: "answered", call, outcome, atDeadline });
    downstream.wakeWaiting();
  }

  async #check(): Promise<void> {
    const { downstream, faults } = this.#parts;
    const failure = await checkDownstream(downstream, this.strategy.timeoutMs, this.#stop.signal, faults);
    this.#tell({ on: "checked", failure });
  }
}

/** The worker stops, and its database does not say what it read. */
const gaveUp: Failure = {
  kind: "cancelled",
  code: "lane.closed",
  message: "The lane ended before this item was read.",
  effect: "no",
};
