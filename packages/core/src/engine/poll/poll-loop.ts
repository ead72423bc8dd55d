import { randomUUID } from "node:crypto";
import type { PollSchedule } from "../../contracts/poll-schedule.ts";
import type { DispatchResult, Poller } from "../../contracts/poller.ts";
import type { Claim, Demand, Lease } from "../../model/delivery.ts";
import { isSynclineError } from "../../model/errors.ts";
import type { EventHub } from "../events.ts";
import type { LaneSet } from "../route/lane-set.ts";
import type { Tuning } from "../tuning.ts";
import { ClaimPace } from "./claim-pace.ts";
import { DispatchLimit } from "./dispatch-limit.ts";
import { DispatchWatch } from "./dispatch-watch.ts";
import { WakeSignal } from "./wake-signal.ts";

export interface PollLoopParts {
  readonly poller: Poller;
  readonly lanes: LaneSet;
  readonly schedule: PollSchedule;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly now: () => number;
  /** Milliseconds until the next delivery window opens. Default: there is none. */
  readonly opensIn?: () => number;
}

interface Round {
  readonly found: boolean;
  readonly more: boolean;
}

/** While no lane can take anything: how long to wait before folding further changes into the backlog. */
const roomPatienceMs = 20;
/**
 * The same while lanes are sending: room comes by itself, and what is dispatched before it comes
 * would need a claim. But for live changes, which a lane takes beside its backlog: with slow calls
 * they must not wait until room comes.
 */
const sendingPatienceMs = 100;
/**
 * At most this often, a lane's claim is tried although nothing says that something is due: retries
 * and others' releases.
 */
const claimEveryMs = 25;
/** The same for a lane that got nothing, while others have enough to do. */
const claimEveryMsWhenBusy = 250;

/**
 * What makes another alarm of it. Words about an outage may differ each time; those for a person
 * say what to mend.
 */
function reasonOf(error: unknown): string {
  if (!isSynclineError(error)) return String(error);
  return error.needsPerson ? error.message : error.code;
}

/** The loop: dispatch, claim, hand to the lanes, sleep as the schedule says. */
export class PollLoop {
  readonly #parts: PollLoopParts;
  readonly #limit: DispatchLimit;
  readonly #pace = new ClaimPace();
  readonly #wakeSignal = new WakeSignal();
  readonly #stop = new AbortController();
  readonly #watch: DispatchWatch;
  #running: Promise<void> | undefined;
  #failures = 0;
  #stalled: { readonly since: number; readonly reason: string } | undefined;
  #rounds = 0;
  #lastFound = false;
  #changesLeft = false;
  #backlog = false;
  #awaitsRoom = false;

  constructor(parts: PollLoopParts) {
    this.#parts = parts;
    this.#limit = new DispatchLimit(parts.tuning.dispatchLimit);
    this.#watch = new DispatchWatch(parts);
  }

  /** Rounds ended, and whether the last one found anything: how `drain` knows that it may ask the database. */
  get progress(): { readonly rounds: number; readonly found: boolean; readonly failing: boolean } {
    return { rounds: this.#rounds, found: this.#lastFound, failing: this.#failures > 0 };
  }

  start(): void {
    this.#watch.start();
    this.#running ??= this.#run();
  }

  /** Poll now, and claim whatever is due. */
  wake(): void {
    this.#pace.reset();
    this.#wakeSignal.wake();
  }

  /** Changes were recorded: dispatch now. What that leases needs no claim, which would only keep the next change waiting. */
  changesCame(): void {
    // While there is more than lanes can take, only one that has room may be waiting for these.
    if (!this.#awaitsRoom || this.#parts.lanes.demands().length > 0) this.#wakeSignal.wake();
  }

  /** A lane has room: worth a round only if there is something to put there. */
  roomFreed(strategy: string): void {
    if (this.#changesLeft || this.#pace.mayHaveMore(strategy)) this.#wakeSignal.wake();
  }

  /** Take nothing more. Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    this.#wakeSignal.wake();
    // Not after the round: a stop may have to end before that.
    this.#watch.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { schedule, events, opensIn = () => Number.POSITIVE_INFINITY } = this.#parts;
    let idleRounds = 0;
    while (!this.#stop.signal.aborted) {
      try {
        const began = Date.now();
        const round = await this.#round();
        this.#failures = 0;
        this.#resume();
        idleRounds = round.found ? 0 : idleRounds + 1;
        this.#rounds += 1;
        this.#lastFound = round.found;
        const delayMs = schedule.next({ ...round, idleRounds, began, now: Date.now() });
        await this.#wakeSignal.sleep(Math.min(delayMs, opensIn()));
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#failures += 1;
        events.emit("error", { during: "poll", error });
        this.stall(error);
        await this.#wakeSignal.sleep(this.#pauseMs(), { uninterrupted: true, signal: this.#stop.signal });
      }
    }
  }

  /** The database cannot be polled, also before the first round. */
  stall(error: unknown): void {
    const reason = reasonOf(error);
    const { since = this.#parts.now(), reason: before } = this.#stalled ?? {};
    this.#stalled = { since, reason };
    if (reason !== before) this.#parts.events.emit("stalled", { error });
  }

  #resume(): void {
    if (this.#stalled === undefined) return;
    const afterMs = Math.round(this.#parts.now() - this.#stalled.since);
    this.#stalled = undefined;
    this.#parts.events.emit("resumed", { afterMs });
  }

  #pauseMs(): number {
    return Math.min(30_000, this.#parts.tuning.databaseRetryMs * 2 ** Math.min(this.#failures - 1, 10));
  }

  async #round(): Promise<Round> {
    this.#watch.roundBegan();
    try {
      return await this.#poll();
    } finally {
      this.#watch.roundEnded();
    }
  }

  async #poll(): Promise<Round> {
    const { lanes } = this.#parts;
    await lanes.refresh(this.#stop.signal);
    // While there is more than lanes can take, what waits already goes before what has just come.
    const early = this.#backlog ? await this.#claim() : undefined;
    // Where lanes have room, what is dispatched is leased as it is written; where none has, it only folds.
    const room = lanes.mostRoom();
    const limit = this.#limit.next(room);
    const dispatched = await this.#dispatch(limit);
    const claimed = early ?? (await this.#claim());
    const isStale = dispatched.status === "stale" && !lanes.cannotLoad;
    this.#changesLeft = isStale || dispatched.taken >= limit;
    const found = dispatched.taken > 0 || claimed.count > 0;
    this.#backlog = this.#changesLeft || lanes.names.some((name) => this.#pace.mayHaveMore(name));
    if (this.#changesLeft && !this.#limit.folds) lanes.widen();
    const isFilling = dispatched.taken >= limit && lanes.hasRoomForMore;
    if ((this.#changesLeft || claimed.full) && !this.#limit.folds && !isFilling) await this.#awaitRoom();
    // A lane that has more, and no room: it is heard of once it has.
    const more = this.#changesLeft || (claimed.full && this.#demands().length > 0);
    return { found, more };
  }

  #demands(): readonly Demand[] {
    return this.#pace.ripe(this.#parts.lanes.demands(), this.#parts.now());
  }

  async #awaitRoom(): Promise<void> {
    const { lanes } = this.#parts;
    // A lane that was just asked in vain has room, and nothing to put there.
    if (this.#demands().length > 0 || this.#stop.signal.aborted) return;
    this.#awaitsRoom = true;
    await this.#wakeSignal.sleep(lanes.isSending ? sendingPatienceMs : roomPatienceMs, { afresh: true });
    this.#awaitsRoom = false;
  }

  async #dispatch(limit: number): Promise<DispatchResult> {
    const { poller, lanes, events, now } = this.#parts;
    const lease = this.#lease();
    const at = now();
    const startedAt = performance.now();
    const result = await poller.dispatch(limit, lanes.route(lease), this.#stop.signal);
    this.#watch.dispatched(result.status);
    this.#limit.took(result);
    if (result.status === "stale") lanes.expire();
    if (result.taken > 0) {
      const { taken, inserted, folded, claims } = result;
      events.emit("dispatched", { taken, inserted, folded });
      if (!events.observers.isEmpty)
        events.observers.tell("dispatched", { ...since(startedAt), taken, inserted, folded, claims });
      lanes.afterDispatch(this.#limit.folds);
    }
    if (result.inserted + result.folded > result.claims.length)
      for (const name of lanes.leftToClaim(result.claims)) this.#pace.hasMore(name);
    if (result.claims.length > 0) lanes.acceptDispatched(result.claims, at);
    return result;
  }

  /** Full: some lane got all that it asked for, so that there is probably more. */
  async #claim(): Promise<{ count: number; full: boolean }> {
    const { poller, lanes, events, now } = this.#parts;
    const demands = this.#demands();
    if (demands.length === 0) return { count: 0, full: false };
    const at = now();
    const startedAt = performance.now();
    const claims = await poller.claim(demands, this.#lease(), this.#stop.signal);
    if (!events.observers.isEmpty) events.observers.tell("claimed", { ...since(startedAt), claimed: claims.length });
    const full = this.#learn(demands, claims, at);
    if (claims.length > 0) lanes.accept(claims, at);
    if (full && !this.#limit.folds) lanes.widen();
    return { count: claims.length, full };
  }

  /** Which lanes are worth asking again. Returns whether some lane got all that it asked for. */
  #learn(demands: readonly Demand[], claims: readonly Claim[], at: number): boolean {
    const counts = new Map<string, number>();
    for (const { strategy } of claims) counts.set(strategy, (counts.get(strategy) ?? 0) + 1);
    let full = false;
    for (const { strategy, count } of demands) {
      const got = counts.get(strategy) ?? 0;
      if (got >= count) {
        this.#pace.hasMore(strategy);
        full = true;
      } else this.#pace.pause(strategy, at + (this.#backlog && got === 0 ? claimEveryMsWhenBusy : claimEveryMs));
    }
    return full;
  }

  #lease(): Lease {
    return { token: randomUUID(), durationMs: this.#parts.tuning.leaseMs };
  }
}

function since(startedAt: number): { readonly startedAt: number; readonly durationMs: number } {
  return { startedAt, durationMs: performance.now() - startedAt };
}
